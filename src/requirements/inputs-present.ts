// Every Secret, key and StorageClass that the specification names must exist before something is built on it.
import type { Facts } from './facts.ts';
import { OFF, wait, type Requirement } from './finding.ts';

/** One clause per missing input, naming what to create and which field asks for it. */
export function missingInputs({ inputs, storageClasses }: Facts): readonly string[] {
  const secrets = inputs.flatMap(({ secret, field, missingKeys }) => {
    if (missingKeys.state === 'absent') return [`Secret "${secret}" (${field})`];
    if (missingKeys.state === 'unreadable') return [];
    return missingKeys.value.map((key) => `key "${key}" in Secret "${secret}" (${field})`);
  });
  const classes = storageClasses.flatMap(({ name, field, exists }) =>
    exists.state === 'absent' ? [`StorageClass "${name}" (${field})`] : [],
  );
  return [...secrets, ...classes];
}

export const inputsPresent: Requirement = {
  name: 'inputsPresent',
  condition: 'ConfigReady',
  judge: (facts) => {
    const missing = missingInputs(facts);
    if (missing.length > 0) return wait('InputsMissing', `missing: ${missing.join('; ')}`, { budget: 'inputs' });
    const unreadable = facts.inputs.find(({ missingKeys }) => missingKeys.state === 'unreadable');
    if (unreadable?.missingKeys.state === 'unreadable') {
      const message = `Secret "${unreadable.secret}" (${unreadable.field}) could not be read: ${unreadable.missingKeys.why}`;
      return wait('InputsUnreadable', message, { budget: 'inputs', unknown: true });
    }
    return OFF;
  },
};
