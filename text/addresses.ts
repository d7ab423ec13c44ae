const HOST = String.raw`([A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?`;
const PATH = `(/[A-Za-z0-9._~%+=:@,&!?{}/-]{0,2000})?`;

/** `https://<host>[:<port>]`, with nothing behind it but a slash. */
export const HTTPS_ORIGIN = new RegExp(`^https://${HOST}/?$`);
/** Address of a folder by https: no query, and nothing to fill in. */
export const HTTPS_FOLDER = new RegExp(`^https://${HOST}(/[A-Za-z0-9._~%+=:@,-]{1,200}){0,20}/?$`);
/** `http(s)://<host>[:<port>]`, with nothing behind it but a slash. */
export const ORIGIN = new RegExp(`^https?://${HOST}/?$`);
/** Address of a file by http or https; `{version}`, `{arch}` and `{type}` may stand in it. */
export const FILE_ADDRESS = new RegExp(`^https?://${HOST}${PATH}$`);
/** SHA-256 in lower-case hexadecimal. */
export const SHA256 = /^[0-9a-f]{64}$/;
/** A version of Istio as packages and images are named by it: `1.22.3`, `1.22.3-distroless`, `dev`. */
export const VERSION = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
