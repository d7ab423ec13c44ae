import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import * as k8s from '../imports/k8s';
import { networkingApi } from './api-version';
import { type InstallScriptProps, installLine, installScript } from './install-script';

/** Properties of an {@link AgentDownload}. */
export interface AgentDownloadProps extends InstallScriptProps {
  /** Version of Istio, `1.15` or `1.15.3`: decides the apiVersion. */
  readonly istio: string;
  /** Namespace of all objects. */
  readonly namespace: string;
  /**
   * DNS domain of the cluster.
   *
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Image that serves the files of lib/agent/ over HTTP on port 8080, built from agent/image/Containerfile.
   */
  readonly image: string;
  /**
   * When the node pulls the image.
   *
   * @default 'IfNotPresent'
   */
  readonly imagePullPolicy?: string;
  /** The Istio Gateway of the cluster's ingress: `<name>`, or `<namespace>/<name>`. */
  readonly gateway: string;
  /**
   * Host names of the ingress.
   *
   * @default ['*']
   */
  readonly hosts?: readonly string[];
  /** Address of the ingress as machines reach it, for the line that a person pastes: `http(s)://<host>`. */
  readonly ingress: string;
  /**
   * Labels of the objects.
   *
   * @default - those of the chart
   */
  readonly labels?: Readonly<Record<string, string>>;
}

const NAME = 'meshferry-agent';
const PORT = 8080;
/** Where the image has the packed programs. */
const FOLDER = '/srv/get';

/**
 * Serves the agent and its install script from the cluster's ingress, under `/get/`. Nothing served is trusted by
 * where it comes from: the line that a person pastes (an annotation of the ConfigMap, so that it is in git) holds the
 * script's checksum, and the script holds the program's.
 */
export class AgentDownload extends Construct {
  /** The line that a person pastes on a machine. */
  readonly line: string;

  constructor(scope: Construct, id: string, props: AgentDownloadProps) {
    super(scope, id);
    const { namespace, labels } = props;
    const selector = { 'app.kubernetes.io/name': NAME };
    const metadata = { name: NAME, namespace, labels: { ...labels, ...selector } };
    const script = installScript(props);
    this.line = installLine(`${props.ingress.replace(/\/$/, '')}/get`, script);

    new k8s.KubeConfigMap(this, 'script', {
      metadata: { ...metadata, annotations: { 'meshferry.dev/install': this.line } },
      data: { 'meshferry-agent': script },
    });
    new k8s.KubeDeployment(this, 'server', {
      metadata,
      spec: {
        selector: { matchLabels: selector },
        template: { metadata: { labels: selector }, spec: podSpec(props) },
      },
    });
    new k8s.KubeService(this, 'service', {
      metadata,
      spec: {
        selector,
        ports: [{ name: 'http', port: 80, targetPort: k8s.IntOrString.fromNumber(PORT) }],
      },
    });
    new ApiObject(this, 'route', {
      apiVersion: networkingApi(props.istio),
      kind: 'VirtualService',
      metadata,
      spec: {
        hosts: [...(props.hosts ?? ['*'])],
        gateways: [props.gateway],
        http: [
          {
            match: [{ uri: { prefix: '/get/' } }],
            route: [
              {
                destination: {
                  host: `${NAME}.${namespace}.svc.${props.clusterDomain ?? 'cluster.local'}`,
                  port: { number: 80 },
                },
              },
            ],
          },
        ],
      },
    });
  }
}

function podSpec({ image, imagePullPolicy }: AgentDownloadProps): k8s.PodSpec {
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'server',
        image,
        imagePullPolicy: imagePullPolicy ?? 'IfNotPresent',
        ports: [{ name: 'http', containerPort: PORT }],
        readinessProbe: { httpGet: { path: '/get/meshferry-agent', port: k8s.IntOrString.fromNumber(PORT) } },
        resources: {
          requests: { cpu: k8s.Quantity.fromString('10m'), memory: k8s.Quantity.fromString('16Mi') },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        // The script belongs to git, the programs to the image: one folder holds both.
        volumeMounts: [
          {
            name: 'script',
            mountPath: `${FOLDER}/meshferry-agent`,
            subPath: 'meshferry-agent',
            readOnly: true,
          },
        ],
      },
    ],
    volumes: [{ name: 'script', configMap: { name: NAME } }],
  };
}
