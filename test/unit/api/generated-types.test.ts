// The TypeScript types are what the CRD says.
import { execFileSync } from 'node:child_process';

// In a process of its own: the formatter that the script uses cannot be loaded inside jest.
test('generating the types again changes nothing (else run: node scripts/generate-types.ts)', () => {
  execFileSync('node_modules/.bin/node', ['scripts/generate-types.ts', '--check'], { stdio: 'pipe' });
});
