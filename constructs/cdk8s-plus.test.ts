import { Chart, Testing } from 'cdk8s';
import { k8s as plus } from 'cdk8s-plus-27';
import * as ours from '../imports/k8s';

/** The pods of a Deployment, by either library's types. */
const props: ours.KubeDeploymentProps & plus.KubeDeploymentProps = {
  metadata: { name: 'orders' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'orders' } },
    template: {
      metadata: { labels: { app: 'orders' } },
      spec: {
        containers: [
          {
            name: 'orders',
            image: 'registry.example/orders:1',
            ports: [{ name: 'http', containerPort: 8080 }],
            resources: { limits: { memory: ours.Quantity.fromString('64Mi') } },
            readinessProbe: { httpGet: { path: '/', port: ours.IntOrString.fromString('http') } },
          },
        ],
      },
    },
  },
};

test('the typed objects are the shapes of cdk8s-plus, and render the same', () => {
  const chart = new Chart(Testing.app(), 'chart');
  const one = new ours.KubeDeployment(chart, 'ours', props);
  const other: ours.KubeDeployment = new plus.KubeDeployment(chart, 'theirs', props);
  const asTheirs: plus.KubeDeployment = one;
  expect(asTheirs.toJson()).toEqual(other.toJson());
  expect(one.toJson().spec.template.spec.containers[0]).toMatchObject({
    resources: { limits: { memory: '64Mi' } },
    readinessProbe: { httpGet: { port: 'http' } },
  });
});
