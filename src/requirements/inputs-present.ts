// Every Secret, key and StorageClass that the specification names must exist before something is built on it.
import { unreadableWhy, type Facts, type InputFact, type StorageClassFact } from './facts.ts';
import { OFF, unreadable, wait, type Requirement } from './finding.ts';

function missingOfSecret({ secret, field, missingKeys }: InputFact): readonly string[] {
  if (missingKeys.state === 'absent') return [`Secret "${secret}" (${field})`];
  if (missingKeys.state === 'unreadable') return [];
  return missingKeys.value.map((key) => `key "${key}" in Secret "${secret}" (${field})`);
}

function missingClass({ name, field, exists }: StorageClassFact): readonly string[] {
  return exists.state === 'absent' ? [`StorageClass "${name}" (${field})`] : [];
}

/** One clause per missing input, naming what to create and which field asks for it. */
function missingInputs({ inputs, storageClasses }: Facts): readonly string[] {
  return [...inputs.flatMap(missingOfSecret), ...storageClasses.flatMap(missingClass)];
}

/** Secrets that may not be read. StorageClasses that may not be read are left to the API server. */
function unreadableInputs({ inputs }: Facts): readonly string[] {
  return inputs.flatMap(({ secret, field, missingKeys }) => {
    const why = unreadableWhy(missingKeys);
    return why === undefined ? [] : [`Secret "${secret}" (${field}) could not be read: ${why}`];
  });
}

export const inputsPresent: Requirement = {
  name: 'inputsPresent',
  condition: 'ConfigReady',
  judge: (facts) => {
    const missing = missingInputs(facts);
    if (missing.length > 0) return wait('InputsMissing', `missing: ${missing.join('; ')}`);
    const hidden = unreadableInputs(facts);
    return hidden.length > 0 ? unreadable('InputsUnreadable', hidden.join('; ')) : OFF;
  },
};
