/** A migration in mid-shift in which nothing is wrong. */
export const HEALTHY = `
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: { name: analytics-v0, namespace: demo }
spec:
  metadata: { labels: { app: analytics, version: v0 } }
  probe: { httpGet: { path: /, host: 127.0.0.1, port: 8080, scheme: HTTP } }
  template: { serviceAccount: analytics, network: network1, ports: { http: 8080, tcp: 8083 } }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: analytics, namespace: demo }
spec: { mtls: { mode: PERMISSIVE }, selector: { matchLabels: { app: analytics, version: v0 } } }
---
apiVersion: v1
kind: Namespace
metadata: { name: demo, labels: { istio-injection: enabled } }
---
apiVersion: v1
kind: Service
metadata: { name: analytics, namespace: demo }
spec:
  selector: { app: analytics }
  ports:
    - { name: http, port: 80, targetPort: http }
    - { name: tcp, port: 8083, targetPort: tcp }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: analytics-v1, namespace: demo }
spec:
  selector: { matchLabels: { app: analytics, version: v1 } }
  template:
    metadata: { labels: { app: analytics, version: v1 } }
    spec:
      containers:
        - name: analytics
          image: analytics:1
          ports: [{ name: http, containerPort: 8080 }, { name: tcp, containerPort: 8083 }]
          resources: { requests: { cpu: 1, memory: 64Mi } }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: analytics, namespace: demo }
spec:
  host: analytics.demo.svc.cluster.local
  trafficPolicy: { connectionPool: { tcp: { connectTimeout: 500ms } } }
  subsets:
    - { name: v0, labels: { version: v0 } }
    - { name: v1, labels: { version: v1 } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ingress, namespace: edge }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  template:
    metadata: { labels: { istio: ingressgateway } }
    spec: { containers: [{ name: istio-proxy, image: auto }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public, namespace: edge }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 443, name: https, protocol: HTTPS }, tls: { mode: PASSTHROUGH }, hosts: ['*.example.com'] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: analytics, namespace: demo }
spec:
  hosts: [analytics.demo.svc.cluster.local, analytics.example.com]
  gateways: [mesh, edge/public]
  http:
    - name: api
      match: [{ port: 80, uri: { prefix: /api } }]
      timeout: 3s
      route:
        - { destination: { host: analytics.demo.svc.cluster.local, subset: v0, port: { number: 80 } }, weight: 75 }
        - { destination: { host: analytics.demo.svc.cluster.local, subset: v1, port: { number: 80 } }, weight: 25 }
    - name: rest
      match: [{ port: 80 }]
      route:
        - { destination: { host: analytics.demo.svc.cluster.local, subset: v0, port: { number: 80 } }, weight: 75 }
        - { destination: { host: analytics.demo.svc.cluster.local, subset: v1, port: { number: 80 } }, weight: 25 }
  tcp:
    - match: [{ port: 8083 }]
      route:
        - { destination: { host: analytics.demo.svc.cluster.local, subset: v0, port: { number: 8083 } } }
`;
