import * as z from 'zod';
import { FILE_ADDRESS, HTTPS_FOLDER, HTTPS_ORIGIN, ORIGIN, SHA256, VERSION } from '../../text/addresses';
import { isOnlyCertificates } from '../../text/certificates';
import { dnsLabel, image } from './scalars';

const sha256 = z.string().regex(SHA256, 'must be a SHA-256: 64 digits, 0-9 and a-f');

const sidecarPackage = z
  .strictObject({
    url: z
      .string()
      .regex(FILE_ADDRESS, 'must be an address such as https://packages.example.com/istio-sidecar.{type}')
      .optional()
      .describe("Address of it; {version}, {arch} and {type} are filled in. Default: Istio's."),
    plainHttp: z
      .boolean()
      .default(false)
      .describe('Take it by http too, which hides nothing from the network.'),
    version: z
      .string()
      .regex(VERSION, 'must be a version such as 1.22.3')
      .optional()
      .describe("Its version. Default: the mesh's."),
    sha256: z
      .union([sha256, z.array(sha256).min(1, 'must hold a SHA-256')])
      .describe(
        'Its SHA-256, or a list of them where machines differ in architecture or distribution. What lies beside the package is not trusted: whoever changes one changes the other.',
      ),
  })
  .refine(({ url = '', plainHttp }) => plainHttp || !url.startsWith('http:'), {
    path: ['url'],
    message: 'must be https, or plainHttp must be true',
  });

/** The `agentDownload` field of `mesh.yaml`. */
export const agentDownloadSchema = z
  .strictObject({
    url: z
      .string()
      .regex(
        HTTPS_FOLDER,
        'must be the https address of a folder, such as https://files.example.com/agent/0.1.0',
      )
      .optional()
      .describe(
        'Folder that machines download the agent from: a release page, an object store. It holds what `meshferry agent build` makes. Default: none; `image` serves it.',
      ),
    image: image
      .optional()
      .describe(
        'Image that serves the agent from the cluster, made by `meshferry agent image`. Default: none; `url` serves it.',
      ),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .optional()
      .describe('When the node pulls the image. Default: IfNotPresent.'),
    namespace: dnsLabel
      .optional()
      .describe('Namespace of what serves the image; it has to exist. Default: meshferry.'),
    gateway: z
      .string()
      .regex(
        /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
        'must be <name> or <namespace>/<name> of an Istio Gateway',
      )
      .optional()
      .describe(
        "Istio Gateway of the cluster's ingress: <name>, or <namespace>/<name>. Default: none; `image` needs it.",
      ),
    ingress: z
      .string()
      .regex(ORIGIN, 'must be an address such as https://get.example.com')
      .optional()
      .describe('Address of the ingress, as machines reach it. Default: none; `image` needs it.'),
    apiServer: z
      .string()
      .regex(HTTPS_ORIGIN, 'must be an address such as https://api.example.com:6443')
      .optional()
      .describe(
        'Address of the API server, as machines reach it. Default: none, and each machine is told; `image` needs it.',
      ),
    apiServerCa: z
      .string()
      .refine(isOnlyCertificates, 'must be a certificate in PEM form, and nothing else')
      .optional()
      .describe(
        "Certificate of the API server's authority, in PEM form. No secret. Default: none; `apiServer` needs it.",
      ),
    checksums: z
      .strictObject({
        x64: sha256.describe('Of linux on x64.'),
        arm64: sha256.describe('Of linux on arm64.'),
      })
      .describe('SHA-256 of the packed programs, as `meshferry agent build` prints them.'),
    package: sidecarPackage
      .optional()
      .describe(
        "Istio's sidecar package. Default: Istio's own downloads, of the mesh's version; each machine has to be told the checksum.",
      ),
  })
  .superRefine((declared, context) => {
    const report = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const { url, image, apiServer, apiServerCa } = declared;
    if (url === undefined && image === undefined)
      return report(
        'url',
        '"url" is missing: declare the https folder that machines download the agent from, or an image that serves it from the cluster',
      );
    if (url !== undefined) {
      for (const field of ['image', ...OF_THE_IMAGE] as const)
        if (declared[field] !== undefined)
          report(field, `has no effect beside url, which serves the agent: leave one of them out`);
    }
    if (url === undefined) {
      for (const field of ['gateway', 'ingress', 'apiServer', 'apiServerCa'] as const)
        if (declared[field] === undefined) report(field, `"${field}" is missing: image needs it`);
    } else if ((apiServer === undefined) !== (apiServerCa === undefined)) {
      const missing = apiServer === undefined ? 'apiServer' : 'apiServerCa';
      report(missing, `"${missing}" is missing: the API server and its authority are declared together`);
    }
  })
  .describe(
    'Where machines get the agent: from the ingress, under /get/, or from any https folder. Default: none.',
  );

/** Fields about serving the image. */
const OF_THE_IMAGE = ['imagePullPolicy', 'namespace', 'gateway', 'ingress'] as const;

/** Where machines get the agent, as declared. */
export type AgentDownloadDeclaration = Readonly<z.output<typeof agentDownloadSchema>>;

/** Fields that the schema asks for where the cluster serves the agent. */
type Served = 'image' | 'gateway' | 'ingress' | 'apiServer' | 'apiServerCa';

/** Whether the cluster's ingress serves the agent; else `url` does. */
export function isServedByCluster(
  declared: AgentDownloadDeclaration,
): declared is AgentDownloadDeclaration & { readonly [field in Served]: string } {
  return declared.url === undefined;
}
