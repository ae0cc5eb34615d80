// What the demo shows of a DittoFS server that really runs: the administrator's login, its adapters, and its tables in PostgreSQL.
import { names, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { KubeObject, Pod } from './kubernetes-types.ts';
import type { OwnedCluster } from './cluster.ts';
import { postgresMajor } from './process-kubelet-stand-in/database-program.ts';
import { isOpen } from './ports.ts';

/** What runs in the pods. */
export function postgresStory(): string {
  return `Its pods run as processes: the real DittoFS server and a real PostgreSQL ${postgresMajor()}.`;
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface PgCluster extends KubeObject {
  readonly spec: { readonly postgresVersion: number };
}

interface Adapter {
  readonly type: string;
  readonly port: number;
  readonly status: { readonly status: string };
}

/** Some lines about the running server. Throws when it does not answer as it should. */
export async function serverStory(cluster: OwnedCluster, namespace: string, name: string): Promise<string> {
  const pod = await cluster.admin.get<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, name: `${name}-0` });
  const address = pod?.status?.podIP ?? '';
  const url = `http://${address}:8080`;
  const token = await login(url, await adminPassword(cluster, namespace, name));
  const headers = { authorization: `Bearer ${token}` };
  const adapters = (await answer(await fetch(`${url}/api/v1/adapters`, { headers }))) as readonly Adapter[];
  const listening = await Promise.all(
    [...adapters]
      .sort((a, b) => a.type.localeCompare(b.type))
      .map(async ({ type, port, status }) => {
        const heard = (await isOpen(address, port)) ? 'accepts connections' : 'does not accept connections';
        return `  ${type.padEnd(4)} port ${port} ${heard}, ${status.status}`;
      }),
  );
  const tables = await cluster.controls.sql(
    namespace,
    names(name).postgresCluster,
    `select schemaname || ': ' || count(*) || ' tables (' || string_agg(tablename, ', ' order by tablename) || ')'
       from pg_tables where schemaname not in ('pg_catalog', 'information_schema') group by schemaname`,
    'dittofs',
  );
  return `The DittoFS server answers at ${url}:
  login as admin with the generated password: 200
${listening.join('\n')}
Its data are in PostgreSQL ${await majors(cluster, namespace, name)}, database dittofs, schema ${tables}`;
}

/** The major version that runs, and the one that was asked for if it is another. */
async function majors({ admin }: OwnedCluster, namespace: string, name: string): Promise<string> {
  const ref = { ...PERCONA_PG_CLUSTER, namespace, name: names(name).postgresCluster };
  const asked = String((await admin.get<PgCluster>(ref))?.spec.postgresVersion);
  const runs = postgresMajor();
  return asked === runs ? runs : `${runs} (${asked} is asked for; this machine has ${runs})`;
}

async function adminPassword({ admin }: OwnedCluster, namespace: string, name: string): Promise<string> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: names(name).adminSecret };
  const secret = await admin.get<Secret>(ref);
  return Buffer.from(secret?.data?.['password'] ?? '', 'base64').toString();
}

async function login(url: string, password: string): Promise<string> {
  const body = JSON.stringify({ username: 'admin', password });
  const headers = { 'content-type': 'application/json' };
  const said = await answer(await fetch(`${url}/api/v1/auth/login`, { method: 'POST', headers, body }));
  return (said as { access_token: string }).access_token;
}

async function answer(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${new URL(response.url).pathname} answers ${response.status}`);
  return response.json();
}
