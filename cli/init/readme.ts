/** README.md of a new repository: the whole way of a service, from its declaration to the VM's end. */
export const README = `# Migrations

Services on their way from virtual machines into Kubernetes, across an Istio mesh, with
[meshferry](node_modules/meshferry/README.md). Its documentation is in \`node_modules/meshferry/docs/\` once
\`npm install\` has run.

| file | |
|---|---|
| \`migrations/mesh.yaml\` | your Istio installation |
| \`migrations/<name>.yaml\` | one migration: a service, and the phase that it is in |
| \`dist/\` | rendered from both, and committed: what Flux or Argo CD sync, and what a reviewer reads. \`dist/<name>/\` holds the current phase in the folders \`vm\`, \`workload\` and \`routing\`, and a preview of every phase in \`phases\` |
| \`main.ts\` | the cdk8s app. Constructs of your own go beside it |

## 1. Install

    npm install

Commit \`package-lock.json\`: \`npm ci\` installs the same versions from it, on every machine and in CI.

## 2. Declare

    npx meshferry discover --write migrations/found.yaml   # reads the mesh's facts by kubectl: take them into mesh.yaml

Rename \`migrations/analytics.yaml\` after your service, and say in it what is true of yours. An editor with YAML support
completes and explains every field (\`docs/reference/migration-file.md\`).

## 3. Render

    npm run synth      # renders migrations/ into dist/
    npm run plan       # the phases, what each changes, and which is current
    npm run verify     # holds dist/ against schemas, Istio's rules and itself
    npm run check      # for CI: dist/ is what the sources render, and sound

\`npx cdk8s-cli synth\` renders the same files. Commit \`dist/\` with what it was rendered from, and push both.

## 4. Sync

Add \`gitops\` to \`migrations/mesh.yaml\` and render again (\`docs/reference/gitops.md\`):

    gitops:
      flux: {}                                     # or argocd: {repository: https://git.example/migrations.git}

Then apply the bootstrap by hand, once for each cluster. It syncs everything else:

    kubectl apply -f dist/mesh/bootstrap/manifests.yaml

## 5. Join

Build the agent, put the two \`.gz\` files into a folder that machines reach by https, and declare both in
\`migrations/mesh.yaml\` (\`docs/reference/agent.md\` has the other ways: image, deb, rpm, cloud-init):

    npx meshferry agent build          # prints the checksums
    npx meshferry agent line           # prints what to paste on the machine

With the phase \`onboard\` synced, the mesh waits for the machine. Paste the line there, then:

    sudo meshferry-agent set api-server https://<API server> --ca <its CA>      # unless mesh.yaml declares it
    sudo meshferry-agent set workload-group default analytics-v0
    kubectl create token analytics-v0-agent -n default | ssh <machine> sudo meshferry-agent set bearer-token -
    sudo meshferry-agent reconcile

\`npx meshferry status\` shows the machine as serving once callers in the mesh have it as an endpoint.

## 6. Move

    npx meshferry next analytics       # proposes the next phase: a branch, and a pull request by gh or glab
    npx meshferry status               # where each migration stands, in git and in the cluster
    npx meshferry abort analytics      # proposes to give everything back to the VM

Without \`gh\` or \`glab\`, \`next\` prints the command that pushes the branch, and the text for the pull request. Merge it,
let it sync, and look before the next step: a \`prometheus\` in \`mesh.yaml\` lets a gate look for you (\`docs/reference/gates.md\`).

## 7. Leave

\`drain\` takes the VM out of the routes, and \`retire\` out of the mesh: the agent then stops Istio on the machine.
\`release\` and \`done\` leave an ordinary Service behind. After that, put the machine back as it was, and give the
migration up:

    sudo meshferry-agent uninstall
    git rm migrations/analytics.yaml && npm run synth

What the last phase left in the cluster stays, and is yours (\`docs/reference/gitops.md\`).
`;
