module meshferry.lab/flux-crds

go 1.26.0

// Only its CRDs are taken: it is not built.
require github.com/fluxcd/source-controller v1.9.6
