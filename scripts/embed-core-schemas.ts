// Writes the API server's own schemas of plain Kubernetes types into the CRD. Run it when Kubernetes is updated:
//   kubectl get --raw /openapi/v3/api/v1 > api-v1.json && node scripts/embed-core-schemas.ts api-v1.json
import { readFileSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { CORE_FIELDS, structuralSchema } from './core-schemas.ts';
import type { OpenApi } from './core-schemas.ts';

const CRD_FILE = new URL('../deploy/crd/dittoserver.yaml', import.meta.url);

const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: node scripts/embed-core-schemas.ts <file with the answer of /openapi/v3/api/v1>');
  process.exit(2);
}
const openApi = JSON.parse(readFileSync(source, 'utf8')) as OpenApi;
const crd = parseDocument(readFileSync(CRD_FILE, 'utf8'));
for (const { path, type, description } of CORE_FIELDS) {
  const properties = path.flatMap((step) => ['properties', step]);
  crd.setIn(
    ['spec', 'versions', 0, 'schema', 'openAPIV3Schema', ...properties],
    crd.createNode({ ...structuralSchema(openApi, type), description }, { aliasDuplicateObjects: false }),
  );
}
writeFileSync(CRD_FILE, crd.toString({ lineWidth: 120, singleQuote: true, flowCollectionPadding: false }));
