// How a newer version of the provisioner is started: the built program, with newer-version.ts loaded before it.
import { join } from 'node:path';
import type { ProvisionerOptions } from '../../kit/provisioner.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'dist', 'src', 'main.js');

export const newerVersion = {
  name: 'newer',
  command: [process.execPath, '--import', join(import.meta.dirname, 'newer-version.ts'), program],
} as const satisfies ProvisionerOptions;
