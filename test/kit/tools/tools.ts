// Where the tools of the kit are, for everything that starts one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recipes, toolFolder } from './recipes.ts';

export interface ToolPaths {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
  readonly perconaOperator: string;
  /** CRDs of the Percona operator, from its own release. */
  readonly perconaCrds: string;
  /** ServiceAccount, ClusterRole and binding of the Percona operator, from its own release. */
  readonly perconaRbac: string;
  /** The DittoFS server. */
  readonly dfs: string;
  readonly temporal: string;
  readonly temporalTestServer: string;
}

/** The paths of all tools. Throws when they are not installed. */
export function toolPaths(): ToolPaths {
  return {
    etcd: pathOf('etcd', 'etcd'),
    kubeApiserver: pathOf('kubernetes', 'kube-apiserver'),
    kubeControllerManager: pathOf('kubernetes', 'kube-controller-manager'),
    kubectl: pathOf('kubernetes', 'kubectl'),
    perconaOperator: pathOf('percona', 'postgres-operator'),
    perconaCrds: pathOf('percona', 'crd.yaml'),
    perconaRbac: pathOf('percona', 'rbac.yaml'),
    dfs: pathOf('dittofs', 'dfs'),
    ...temporalPaths(),
  };
}

/** The Temporal tools alone: all that workflow tests need. */
export function temporalPaths(): Pick<ToolPaths, 'temporal' | 'temporalTestServer'> {
  return {
    temporal: pathOf('temporal', 'temporal'),
    temporalTestServer: pathOf('temporal', 'temporal-test-server'),
  };
}

function pathOf(recipeName: string, file: string): string {
  const recipe = recipes.find(({ name }) => name === recipeName);
  const output = recipe?.outputs.find((candidate) => candidate.file === file);
  if (!recipe || !output) throw new Error(`The kit has no recipe ${recipeName} with ${file}.`);
  const own = output.override && process.env[output.override];
  if (own) {
    if (existsSync(own)) return own;
    throw new Error(`${output.override} points at ${own}, which does not exist.`);
  }
  const path = join(toolFolder(recipe), file);
  if (!existsSync(path)) throw new Error(`${file} ${recipe.version} is not installed: run "make tools".`);
  return path;
}
