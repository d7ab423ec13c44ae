import * as z from 'zod';
import { natural, portNumber, positive, text } from './scalars';

const httpGet = z
  .strictObject({
    path: z.string().startsWith('/', 'must start with "/"').default('/').describe('Path of the request.'),
    port: portNumber.describe('Number of the port, as the process listens on it.'),
    scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP').describe('Scheme of the request.'),
    host: text
      .optional()
      .describe('Address that is asked. Default: 127.0.0.1 on the VM, the pod itself in Kubernetes.'),
    httpHeaders: z
      .array(
        z.strictObject({
          name: text.describe('Name of the header.'),
          value: z.string().describe('Value of the header.'),
        }),
      )
      .optional()
      .describe('Headers of the request. Default: none.'),
  })
  .describe('Healthy when a GET answers with a status from 200 to 399.');

const tcpSocket = z
  .strictObject({
    port: portNumber.describe('Number of the port, as the process listens on it.'),
    host: text
      .optional()
      .describe('Address that is called. Default: 127.0.0.1 on the VM, the pod itself in Kubernetes.'),
  })
  .describe('Healthy when the port accepts a connection.');

const exec = z
  .strictObject({
    command: z
      .array(z.string())
      .min(1, 'must hold a command')
      .describe('The program and its arguments; no shell.'),
  })
  .describe('Healthy when the command exits with 0.');

const grpc = z
  .strictObject({
    port: portNumber.describe('Number of the port, as the process listens on it.'),
    service: text.optional().describe('Name that is asked for in the request. Default: none.'),
  })
  .describe("Healthy when gRPC's own health service answers that it serves. Needs Istio 1.25 or later.");

/** A health probe, in Kubernetes' own form. */
export const probe = z
  .strictObject({
    httpGet: httpGet.optional(),
    tcpSocket: tcpSocket.optional(),
    exec: exec.optional(),
    grpc: grpc.optional(),
    initialDelaySeconds: natural.optional().describe('Seconds before the first probe. Default: 0.'),
    timeoutSeconds: positive.optional().describe('Seconds until a probe counts as failed. Default: 1.'),
    periodSeconds: positive.optional().describe('Seconds between probes. Default: 10.'),
    successThreshold: positive.optional().describe('Successes in a row that make it healthy. Default: 1.'),
    failureThreshold: positive.optional().describe('Failures in a row that make it unhealthy. Default: 3.'),
  })
  .refine(
    (p) => [p.httpGet, p.tcpSocket, p.exec, p.grpc].filter(Boolean).length === 1,
    'must hold exactly one of httpGet, tcpSocket, exec, grpc',
  )
  .describe(
    "How to tell that the service answers, in Kubernetes' own form: exactly one of httpGet, tcpSocket, exec, grpc.",
  );

/** A probe, or the word that there is none. */
export const probeOrNone = z.union([probe, z.literal('none')], 'must be a probe, or the word none');
