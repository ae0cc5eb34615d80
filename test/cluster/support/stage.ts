// What a test file works on: its own namespace of a cluster and a provisioner that serves only that. Cluster tests on one shared cluster
// run one after the other (each jest worker has a cluster), so one may restart a part, if it leaves it running.
import { Client, Connection } from '@temporalio/client';
import { taskQueue } from '../../../workflows/messages.ts';
import { followWrites, type FollowedWrites } from '../../kit/audit.ts';
import {
  attachCluster,
  type Cluster,
  type ClusterOptions,
  type OwnedCluster,
  startCluster,
} from '../../kit/cluster.ts';
import { type Provisioner, type ProvisionerOptions, startProvisioner } from '../../kit/provisioner.ts';
import { CLUSTER_NAME, type Subject, subject } from './subject.ts';

export interface StageOptions {
  /** Begins the name of the namespace. */
  readonly name: string;
  /** A cluster of the file's own; default the shared one. */
  readonly own?: ClusterOptions;
  /** Further variables of the provisioner. */
  readonly env?: ProvisionerOptions['env'];
  /** False: the test starts it. */
  readonly provisioner?: false;
}

/** Everything of it is there from `beforeAll` on. */
export interface Stage {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly temporal: Client;
  readonly provisioner: Provisioner;
  /** The audit log since the file began. */
  readonly writes: FollowedWrites;
  /** The name of this installation of the provisioner, and of its task queue in Temporal. */
  readonly installation: string;
  readonly taskQueue: string;
  /** A DittoServer under test in the namespace, or in another one. */
  subject(name: string, namespace?: string): Subject;
  /** Starts a provisioner for the namespace as the stage's own one is started. */
  start(options?: ProvisionerOptions): Promise<Provisioner>;
  /** Another namespace; it goes with the stage, or when `clear` is called. */
  another(name: string): Promise<string>;
  /** Begins to remove a namespace with all that is in it: what the file leaves would keep the Percona operator busy. */
  clear(namespace: string): Promise<void>;
}

interface Props {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly temporal: Client;
  readonly writes: FollowedWrites;
  readonly provisioner: Provisioner | undefined;
}

/** Sets the stage before the file's tests and clears it away after them. */
export function useStage(options: StageOptions): Stage {
  const { name, own } = options;
  let props: Props | undefined;
  let owned: OwnedCluster | undefined;
  const namespaces = new Set<string>();
  const another = async (cluster: Cluster, prefix: string): Promise<string> => {
    const namespace = await cluster.namespace(prefix);
    namespaces.add(namespace);
    return namespace;
  };
  const clear = async (namespace: string): Promise<void> => {
    namespaces.delete(namespace);
    await there().cluster.admin.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  };
  const there = (): Props => {
    if (!props) throw new Error('The stage is not set yet: use it inside of tests.');
    return props;
  };
  const start = (cluster: Cluster, namespace: string, more: ProvisionerOptions = {}): Promise<Provisioner> =>
    startProvisioner(cluster, {
      watchNamespaces: namespace,
      ...more,
      env: { INSTALLATION: namespace, ...options.env, ...more.env },
    });

  beforeAll(async () => {
    owned = own && (await startCluster({ name, ...own }));
    const cluster = owned ?? attachCluster();
    const namespace = await another(cluster, name);
    const temporal = new Client({ connection: Connection.lazy({ address: cluster.temporalAddress ?? '' }) });
    const writes = followWrites(cluster.description.auditLog);
    props = { cluster, namespace, temporal, writes, provisioner: undefined };
    if (options.provisioner !== false) props = { ...props, provisioner: await start(cluster, namespace) };
  });

  afterAll(async () => {
    await props?.provisioner?.stop();
    if (!owned) for (const namespace of namespaces) await clear(namespace);
    await props?.temporal.connection.close();
    await owned?.stop();
  });

  return {
    get cluster() {
      return there().cluster;
    },
    get namespace() {
      return there().namespace;
    },
    get temporal() {
      return there().temporal;
    },
    get writes() {
      return there().writes;
    },
    get provisioner() {
      const { provisioner } = there();
      if (!provisioner) throw new Error('This stage has no provisioner of its own.');
      return provisioner;
    },
    get installation() {
      return there().namespace;
    },
    get taskQueue() {
      return taskQueue({ cluster: CLUSTER_NAME, installation: there().namespace });
    },
    subject: (server, namespace = there().namespace) => subject(there(), namespace, server),
    start: (more) => start(there().cluster, there().namespace, more),
    another: (prefix) => another(there().cluster, prefix),
    clear,
  };
}
