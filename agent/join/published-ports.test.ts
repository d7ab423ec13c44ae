import { publishedPorts } from './published-ports';

const DOCKER = `-P PREROUTING ACCEPT
-N DOCKER
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 9100 -j DNAT --to-destination 172.17.0.3:9100
`;
const ISTIO = `-A PREROUTING -p tcp -j ISTIO_INBOUND
-A ISTIO_INBOUND -p tcp -m tcp --dport 8080 -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A OUTPUT -p udp -m udp --dport 53 -d 10.0.0.2/32 -j DNAT --to-destination 127.0.0.1:15053
`;
const PODMAN = `-A NETAVARK-DN-1D8721804F16F -p tcp -m tcp --dport 8000:8002 -j DNAT --to-destination 10.88.0.5:8000
`;

test.each([
  ["Docker's, but not what it publishes on loopback", DOCKER, [8080]],
  ["Istio's own rules publish nothing", ISTIO, []],
  ["a range of Podman's", PODMAN, [8000, 8001, 8002]],
  ['no rules', '', []],
])('%s', (_, rules, ports) => {
  expect([...publishedPorts(rules)]).toEqual(ports);
});
