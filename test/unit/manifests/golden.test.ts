// What is rendered, word for word. After a deliberate change: UPDATE_GOLDEN=1 npx jest test/unit/manifests/golden, then read the diff
// and ask whether TEMPLATE_REVISION must grow.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { EXAMPLES, renderAll } from './examples.ts';

const FOLDER = 'test/unit/manifests/golden';

function fileOf(title: string): string {
  return `${FOLDER}/${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.yaml`;
}

describe('the children of a DittoServer', () => {
  test.each(Object.entries(EXAMPLES))('%s', (title, server) => {
    const file = fileOf(title);
    const text = renderAll(server)
      .map((child) => stringify(child, { aliasDuplicateObjects: false, lineWidth: 0, singleQuote: true }))
      .join('---\n');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  test('no golden file is left of an example that is gone', () => {
    const expected = Object.keys(EXAMPLES).map(fileOf).sort();
    expect(
      readdirSync(FOLDER)
        .map((name) => `${FOLDER}/${name}`)
        .sort(),
    ).toEqual(expected);
  });
});

test.each(Object.entries(EXAMPLES))('no child holds an undefined value: %s', (_, server) => {
  for (const child of renderAll(server)) expect(JSON.parse(JSON.stringify(child))).toStrictEqual(child);
});
