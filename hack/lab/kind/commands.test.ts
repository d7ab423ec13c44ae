import * as commands from './commands';

test('the cluster has one node and the networks of the local provider', () => {
  expect(JSON.parse(commands.kindConfig('10.89.0.0/16', '10.96.0.0/16'))).toEqual({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { podSubnet: '10.89.0.0/16', serviceSubnet: '10.96.0.0/16' },
    nodes: [{ role: 'control-plane' }],
  });
});

test('the command lines', () => {
  const lines = [
    commands.createCluster('meshferry', '/s/kind.json', '/s/kubeconfig'),
    commands.loadPodImages('meshferry', '/c/pods.tar'),
    commands.loadVmImage('/c/vm.tar'),
    commands.nodeAddress('meshferry'),
    commands.setLoadBalancer('istio-eastwestgateway', '172.18.0.2'),
    commands.listClusters,
    commands.deleteCluster('meshferry'),
  ];
  expect(lines.map((line) => line.join(' '))).toEqual([
    'kind create cluster --name meshferry --config /s/kind.json --kubeconfig /s/kubeconfig --wait 120s',
    'kind load image-archive /c/pods.tar --name meshferry',
    'docker load --quiet --input /c/vm.tar',
    'docker inspect --format {{.NetworkSettings.Networks.kind.IPAddress}} meshferry-control-plane',
    '--namespace istio-system patch service istio-eastwestgateway --subresource status --type merge ' +
      '--patch {"status":{"loadBalancer":{"ingress":[{"ip":"172.18.0.2"}]}}}',
    'kind get clusters',
    'kind delete cluster --name meshferry',
  ]);
});
