// Keeps the hosts files of pods, and that of this machine's processes, as the Services and pods of the cluster are.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Admin } from '../admin.ts';
import { listWatch } from '../list-watch.ts';
import { hostsJson, hostsLines, hostsText, type NameFacts, overwrite } from './names.ts';
import { namespaceOf, type RunnablePod, type Service } from './pod-types.ts';

/** A pod whose own file is kept. */
export interface Named {
  readonly pod: RunnablePod;
  readonly address: string;
  readonly hostsFile: string;
}

export interface NameKeeperOptions extends Pick<NameFacts, 'primaryOf' | 'refusingAddress'> {
  readonly admin: Admin;
  readonly signal: AbortSignal;
  /** Where the file for this machine's processes goes. */
  readonly folder: string;
  pods(): Iterable<RunnablePod>;
  running(): Iterable<Named>;
}

export interface NameKeeper {
  readonly hostsFile: string;
  /** The same as a JSON object, address by name. */
  readonly hostsJsonFile: string;
  readonly servicesOf: (namespace: string) => readonly Service[];
  /** Something about pods has changed. */
  refresh(): void;
  /** A file that is no longer kept. */
  forget(hostsFile: string): void;
}

/** Begins to keep the files. */
export function keepNames(options: NameKeeperOptions): NameKeeper {
  const hostsFile = join(options.folder, 'hosts');
  writeFileSync(hostsFile, hostsText([]), { mode: 0o644 });
  const hostsJsonFile = join(options.folder, 'hosts.json');
  writeFileSync(hostsJsonFile, hostsJson([]), { mode: 0o644 });
  const services = new Map<string, Service>();
  const written = new Map<string, string>();

  const write = (path: string, text: string) => {
    if (written.get(path) === text) return;
    overwrite(path, text);
    written.set(path, text);
  };
  const refresh = soon(() => {
    if (options.signal.aborted) return;
    const { primaryOf, refusingAddress } = options;
    const lines = hostsLines({ services: services.values(), pods: options.pods(), primaryOf, refusingAddress });
    const outside = lines.get('') ?? [];
    write(hostsFile, hostsText(outside));
    write(hostsJsonFile, hostsJson(outside));
    for (const { pod, address, hostsFile: path } of options.running()) {
      write(path, hostsText(lines.get(namespaceOf(pod)) ?? [], { address, name: pod.metadata.name }));
    }
  });

  const tell = (change: (uid: string, service: Service) => void) => (service: Service) => {
    change(service.metadata.uid ?? '', service);
    refresh();
  };
  const handlers = {
    seen: tell((uid, service) => void services.set(uid, service)),
    gone: tell((uid) => void services.delete(uid)),
  };
  void listWatch<Service>(options.admin, { apiVersion: 'v1', kind: 'Service' }, handlers, options.signal);
  return {
    hostsFile,
    hostsJsonFile,
    servicesOf: (namespace) => [...services.values()].filter((service) => namespaceOf(service) === namespace),
    refresh,
    forget: (path) => void written.delete(path),
  };
}

/** Many calls in a row become one. */
function soon(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      work();
    });
  };
}
