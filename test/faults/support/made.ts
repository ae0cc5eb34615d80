// What was made for a DittoServer, by the audit log: how often each object was created, and whether anything was taken away.
import type { Subject } from '../../cluster/support/subject.ts';
import type { Write } from '../../kit/audit.ts';

/** A create, or an apply that created. */
const creates = ({ verb, code }: Write): boolean => code === 201 && (verb === 'create' || verb === 'patch');
const deletes = ({ verb }: Write): boolean => verb === 'delete' || verb === 'deletecollection';

/** `resource/name` of every object that the provisioner made more than once, or deleted. */
export function madeTwiceOrDeleted(server: Subject): readonly string[] {
  const writes = server.writes().filter(({ resource, dryRun }) => resource !== 'events' && !dryRun);
  const made = writes.filter(creates).map(({ resource, name }) => `${resource}/${name}`);
  const twice = made.filter((object, i) => made.indexOf(object) !== i);
  return [...twice, ...writes.filter(deletes).map(({ resource, name }) => `deleted ${resource}/${name}`)];
}

/** How many objects were made. */
export function madeCount(server: Subject): number {
  return server.writes().filter((write) => creates(write) && write.resource !== 'events').length;
}
