// Files as users of the Go operator have them, and our own samples: each works unchanged on a real API server. Files with fields that are
// gone are refused, and the documentation says what replaces each (V3).
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER } from '../../src/api/names.ts';
import { AdminError, apiPath } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { readManifests } from '../kit/manifests.ts';
import { useStage } from './support/stage.ts';

const stage = useStage({ name: 'samples' });

const SAMPLES = 'test/cluster/samples';
const SHIPPED = 'deploy/samples';
const REFUSED = join(SAMPLES, 'refused');
const yamlIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name)); // prettier-ignore

const strictly = async (object: KubeObject, dryRun: boolean): Promise<void> => {
  const { apiVersion, kind } = object;
  const query = { fieldValidation: 'Strict', ...(dryRun && { dryRun: 'All' }) };
  const path = apiPath({ apiVersion, kind, namespace: stage.namespace });
  await stage.cluster.admin.request('POST', path, { body: object, query });
};

test.each([...yamlIn(SAMPLES), ...yamlIn(SHIPPED)])('%s passes strict validation', async (file) => {
  for (const object of readManifests(file)) await strictly(object, true);
});

test.each(yamlIn(SAMPLES))('%s is served as it is', async (file) => {
  const objects = readManifests(file);
  for (const object of objects) await strictly(object, false);
  const server = objects.find(({ kind }) => kind === DITTO_SERVER.kind) as (KubeObject & DittoServer) | undefined;
  if (!server) throw new Error(`${file} has no DittoServer`);
  const subject = stage.subject(server.metadata.name);
  await subject.untilReady();
  await subject.delete();
});

describe('a field of older examples', () => {
  const page = readFileSync('docs/reference/dittoserver.md', 'utf8');

  test.each(yamlIn(REFUSED))('%s is refused by its name, and its replacement is documented (V3)', async (file) => {
    const field = basename(file, '.yaml');
    const [object] = readManifests(file);
    if (!object) throw new Error(`${file} is empty`);
    const refused = strictly(object, true);
    await expect(refused).rejects.toThrow(AdminError);
    await expect(refused).rejects.toThrow(new RegExp(`unknown field .*spec\\.${field}\\b`));
    expect(page).toMatch(new RegExp(`^\\| .*\`spec\\.${field}\`.* \\| \\S`, 'm'));
  });
});
