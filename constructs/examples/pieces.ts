import { App, Chart } from 'cdk8s';
import { AgentAccess, PeerAuthentication, VirtualService, WorkloadGroup } from 'meshferry';

const istio = '1.24';
const labels = { app: 'orders', version: 'vm' };

export const app = new App();
const chart = new Chart(app, 'orders', { namespace: 'shop' });

new WorkloadGroup(chart, 'group', { istio, name: 'orders-vm', labels, ports: { http: 8080 } });
new PeerAuthentication(chart, 'mtls', { istio, name: 'orders-vm', matchLabels: labels });
new AgentAccess(chart, 'agent', {
  group: 'orders-vm',
  namespace: 'shop',
  workloadServiceAccount: 'orders',
});
new VirtualService(chart, 'routes', {
  istio,
  name: 'orders',
  host: 'orders.shop.svc.cluster.local',
  ports: [{ name: 'http', protocol: 'http', routing: 'http', service: 80, vm: 8080, kubernetes: 8080 }],
  split: [
    { subset: 'vm', weight: 90 },
    { subset: 'v2', weight: 10 },
  ],
});

app.synth();
