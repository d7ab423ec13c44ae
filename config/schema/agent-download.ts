import * as z from 'zod';
import { FILE_ADDRESS, HTTPS_ORIGIN, ORIGIN, SHA256, VERSION } from '../../text/addresses';
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
    image: image.describe('Image that serves the agent, built from agent/image/Containerfile.'),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .describe('When the node pulls the image.'),
    namespace: dnsLabel.default('meshferry').describe('Namespace of what serves it; it has to exist.'),
    gateway: z
      .string()
      .regex(
        /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
        'must be <name> or <namespace>/<name> of an Istio Gateway',
      )
      .describe("Istio Gateway of the cluster's ingress: <name>, or <namespace>/<name>."),
    ingress: z
      .string()
      .regex(ORIGIN, 'must be an address such as https://get.example.com')
      .describe('Address of the ingress, as machines reach it.'),
    apiServer: z
      .string()
      .regex(HTTPS_ORIGIN, 'must be an address such as https://api.example.com:6443')
      .describe('Address of the API server, as machines reach it.'),
    apiServerCa: z
      .string()
      .refine(isOnlyCertificates, 'must be a certificate in PEM form, and nothing else')
      .describe("Certificate of the API server's authority, in PEM form. No secret."),
    checksums: z
      .strictObject({
        x64: sha256.describe('Of linux on x64.'),
        arm64: sha256.describe('Of linux on arm64.'),
      })
      .describe('SHA-256 of the packed programs, as npm run build:agent prints them.'),
    package: sidecarPackage
      .optional()
      .describe(
        "Istio's sidecar package. Default: Istio's own downloads, of the mesh's version; each machine has to be told the checksum.",
      ),
  })
  .describe('Serve the agent and its install script from the ingress, under /get/. Default: none.');
