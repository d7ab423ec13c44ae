/** A file of a repository of migrations that a forge runs. */
export interface Workflow {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
}

const GITHUB_VERIFY = `# Looks at every pull request: dist/ is what the sources render, it is valid, and one comment tells what merging does.
name: meshferry
on:
  pull_request:
permissions: {}
defaults:
  run:
    shell: bash # with pipefail: a diff that fails is not hidden by the tee behind it
jobs:
  verify:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write # for the comment
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          fetch-depth: 0 # the diff is against the point where the branch left
          persist-credentials: false
      - uses: actions/setup-node@2028fbc5c25fe9cf00d9f06a71cc4710d4507903 # v6.0.0
        with:
          node-version: 24
      - run: npm ci --ignore-scripts
      - run: npx meshferry synth --check
      - run: npx meshferry verify dist
      - run: npx meshferry diff "origin/$BASE" | tee -a "$GITHUB_STEP_SUMMARY"
        env:
          BASE: \${{ github.base_ref }}
      # A pull request from a fork may not write; the job's summary above says the same.
      - if: github.event.pull_request.head.repo.full_name == github.repository
        run: npx meshferry diff "origin/$BASE" --comment "$NUMBER"
        env:
          BASE: \${{ github.base_ref }}
          NUMBER: \${{ github.event.pull_request.number }}
          GH_TOKEN: \${{ github.token }}
`;

const GITHUB_WALK = `# Proposes the next phase of whatever its gate lets pass; a person approves. A file migrations/FREEZE stops it.
# Needs a runner that reaches Prometheus and the cluster. Pull requests that GITHUB_TOKEN opens start no workflows:
# put a token of an app with contents and pull-requests write access into the secret MESHFERRY_TOKEN.
name: meshferry walk
on:
  schedule:
    - cron: '*/15 * * * *'
  workflow_dispatch:
permissions: {}
concurrency: meshferry-walk
defaults:
  run:
    shell: bash
jobs:
  next:
    runs-on: self-hosted
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0
        with:
          fetch-depth: 0 # soak counts from the commit that moved a migration
          persist-credentials: false # git asks for the token below, which no file holds
      - uses: actions/setup-node@2028fbc5c25fe9cf00d9f06a71cc4710d4507903 # v6.0.0
        with:
          node-version: 24
      - run: npm ci --ignore-scripts
      - run: |
          git config user.name meshferry
          git config user.email meshferry@users.noreply.github.com
          git config credential.helper '!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f'
          npx meshferry next --all --when-green --max-in-flight 5 --forge gh
        env:
          GH_TOKEN: \${{ secrets.MESHFERRY_TOKEN }}
`;

const GITLAB = `# Set two CI/CD variables: MESHFERRY_IMAGE, an image with Node.js 20 or later, git and glab, by its digest
# (name@sha256:…; \`docker buildx imagetools inspect NAME\` tells it), and GITLAB_TOKEN, masked and protected, which may
# push and comment.
default:
  image: $MESHFERRY_IMAGE
  before_script:
    - case "$MESHFERRY_IMAGE" in *@sha256:*) ;; *) echo 'MESHFERRY_IMAGE names no digest' >&2; exit 1 ;; esac
    - npm ci --ignore-scripts

# Looks at every merge request: dist/ is what the sources render, it is valid, and one comment tells what merging does.
meshferry:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: 0 # the diff is against the point where the branch left
    GITLAB_HOST: $CI_SERVER_HOST
  script:
    - npx meshferry synth --check
    - npx meshferry verify dist
    - git fetch --quiet origin "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
    - npx meshferry diff FETCH_HEAD
    # A protected variable is not given to a fork or an unprotected branch; the log above says the same.
    - if [ -n "$GITLAB_TOKEN" ]; then npx meshferry diff FETCH_HEAD --comment "$CI_MERGE_REQUEST_IID"; fi

# Proposes the next phase of whatever its gate lets pass; a person approves. A file migrations/FREEZE stops it.
# Runs in a pipeline schedule, on a runner that reaches Prometheus and the cluster.
meshferry walk:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  resource_group: meshferry-walk
  variables:
    GIT_DEPTH: 0 # soak counts from the commit that moved a migration
    GITLAB_HOST: $CI_SERVER_HOST
  script:
    - git config user.name meshferry
    - git config user.email "meshferry@$CI_SERVER_HOST"
    # The address that the runner cloned from may hold a token of its own. This one holds none: git asks for it.
    - git remote set-url origin "https://$CI_SERVER_HOST/$CI_PROJECT_PATH.git"
    - git config credential.helper '!f() { echo username=oauth2; echo "password=$GITLAB_TOKEN"; }; f'
    - npx meshferry next --all --when-green --max-in-flight 5 --forge glab
`;

/** Ready-made workflows by forge: they check each pull request, and walk migrations by themselves on a schedule. */
export const WORKFLOWS: Readonly<Record<'github' | 'gitlab', readonly Workflow[]>> = {
  github: [
    { path: '.github/workflows/meshferry.yml', text: GITHUB_VERIFY },
    { path: '.github/workflows/meshferry-walk.yml', text: GITHUB_WALK },
  ],
  gitlab: [{ path: '.gitlab-ci.yml', text: GITLAB }],
};
