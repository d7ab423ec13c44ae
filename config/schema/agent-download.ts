import * as z from 'zod';
import { dnsLabel, image } from './scalars';

/** Lower-case hexadecimal SHA-256. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256: 64 digits, 0-9 and a-f');
const address = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be an address such as ${example}` });

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
    ingress: address(/^https?$/, 'https://get.example.com').describe(
      'Address of the ingress, as machines reach it.',
    ),
    apiServer: address(/^https$/, 'https://api.example.com:6443').describe(
      'Address of the API server, as machines reach it.',
    ),
    apiServerCa: z
      .string()
      .includes('-----BEGIN CERTIFICATE-----', 'must be a certificate in PEM form')
      .describe("Certificate of the API server's authority, in PEM form. No secret."),
    checksums: z
      .strictObject({
        x64: sha256.describe('Of linux on x64.'),
        arm64: sha256.describe('Of linux on arm64.'),
      })
      .describe('SHA-256 of the packed programs, as npm run build:agent prints them.'),
    package: z
      .strictObject({
        url: z.string().min(1, 'must not be empty').optional().describe("Address of it. Default: Istio's."),
        version: z
          .string()
          .min(1, 'must not be empty')
          .optional()
          .describe("Its version. Default: the mesh's."),
        sha256: sha256.optional().describe('Its SHA-256. Default: what lies beside it, as <url>.sha256.'),
      })
      .optional()
      .describe("Istio's sidecar package. Default: Istio's own downloads, of the mesh's version."),
  })
  .describe('Serve the agent and its install script from the ingress, under /get/. Default: none.');
