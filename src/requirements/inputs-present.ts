// Every Secret, key and StorageClass that the specification names must exist before something is built on it.
import { unreadableWhy, valueOf, type Facts, type InputFact, type StorageClassFact } from './facts.ts';
import { OFF, unreadable, wait, type Requirement } from './finding.ts';

function missingOfSecret({ secret, field, missingKeys }: InputFact): readonly string[] {
  if (missingKeys.state === 'absent') return [`Secret "${secret}" (${field})`];
  if (missingKeys.state === 'unreadable') return [];
  return missingKeys.value.map((key) => `key "${key}" in Secret "${secret}" (${field})`);
}

/** A class is needed to make volumes; once they are bound it may go. */
function isNeeded({ claims, postgresCluster }: Facts, { field }: StorageClassFact): boolean {
  if (field === 'spec.percona.storageClassName') return valueOf(postgresCluster)?.state !== 'ready';
  const volumes = valueOf(claims) ?? [];
  return volumes.length === 0 || volumes.some(({ phase }) => phase !== 'Bound');
}

const missingClass = ({ name, field }: StorageClassFact): string => `StorageClass "${name}" (${field})`;

/** One clause per missing input, naming what to create and which field asks for it. */
function missingInputs(facts: Facts): readonly string[] {
  const classes = facts.storageClasses.filter((one) => one.exists.state === 'absent' && isNeeded(facts, one));
  return [...facts.inputs.flatMap(missingOfSecret), ...classes.map(missingClass)];
}

/** Secrets in which something stands that cannot work: it would be found out only by a server that does not start. */
function faultyInputs({ inputs }: Facts): readonly string[] {
  return inputs.flatMap(({ secret, field, fault, missingKeys }) => {
    const complete = valueOf(missingKeys)?.length === 0;
    return fault === undefined || !complete ? [] : [`Secret "${secret}" (${field}): ${fault}`];
  });
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
    const faulty = faultyInputs(facts);
    if (faulty.length > 0) return wait('InputsInvalid', faulty.join('; '));
    const hidden = unreadableInputs(facts);
    return hidden.length > 0 ? unreadable('InputsUnreadable', hidden.join('; ')) : OFF;
  },
};
