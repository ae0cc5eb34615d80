// The step that talks to a server's own API: logs in with an account of our own, has that made where it is not, and sees what the server
// says. What does not succeed is remembered with its cause; the requirements decide when it is tried again.
import type { Stored } from '../src/api/kubernetes.ts';
import type { SecretObject } from '../src/api/secret-data.ts';
import type { Failure } from '../src/api/verdict.ts';
import { inspect, urlOf, type Account, type Answer, type Endpoint } from '../src/dittofs/index.ts';
import { needsAdmin } from '../src/requirements/authenticated.ts';
import { expose, withAdapterFacts } from './adapters.ts';
import { accountOf } from './observe/server-api.ts';
import type { Act, Outcome } from './outcome.ts';
import { demote, provision, withAccount } from './server-account.ts';
import { withAnswer, withoutAnswer } from './server-answer.ts';
import { failureOfApi } from './server-api-failure.ts';
import { inSlot, isFailure, visit, type Visit } from './server-visit.ts';

/** The answer, and the Secret if it was written. */
interface Talk {
  readonly answer: Answer;
  readonly secret?: Stored<SecretObject> | undefined;
}

const isRefusal = ({ problem }: Answer): boolean =>
  problem?.kind === 'unauthorized' || problem?.kind === 'password-change';

/** What only an administrator can mend: no account, one that is refused, or one that lacks its role. */
const needsProvisioning = (answer: Answer, account: Account | undefined): boolean =>
  answer.database !== 'unreachable' &&
  ((!account && !answer.problem) ||
    isRefusal(answer) ||
    answer.problem?.kind === 'forbidden' ||
    answer.role === 'user');

/** Asks, and asks again after what was wrong with the account has been mended. */
async function talk(at: Visit): Promise<Talk> {
  const { work, api, key } = at;
  const { facts, secrets } = work.observation;
  const { sessions } = work.call.deps;
  const withPolicies = needsAdmin(facts);
  const ask = (account: Account | undefined): Promise<Answer> =>
    inspect({ server: key, api, sessions, account, withPolicies });

  const account = accountOf(work.server, secrets);
  const answer = await ask(account);
  if (needsProvisioning(answer, account)) {
    const [made, secret] = await provision(at);
    return { answer: await ask(made), secret };
  }
  if (account && answer.role === 'admin' && !withPolicies) {
    await demote(at, account);
    return { answer: await ask(account) };
  }
  return { answer };
}

function failureOfAnswer({ database, problem, adapters }: Answer, endpoint: Endpoint): Failure | undefined {
  if (problem) return failureOfApi(problem, urlOf(endpoint));
  if (database === 'unreachable') {
    const message = 'the server does not reach its database, so that it can let nobody in';
    return { reason: 'APIUnreachable', message };
  }
  return adapters ? undefined : { reason: 'APIRefused', message: 'the server did not tell its adapters' };
}

/** Logs in, sees what the server says, and makes its adapters reachable. */
export const connectServerApi: Act = async (work): Promise<Outcome> => {
  const { facts } = work.observation;
  const { now, log } = work.call.deps;
  const at = visit(work);
  const talked = await inSlot(at, (facts.memory.serverApi?.asked?.failures ?? 0) > 0, () => talk(at));
  if (isFailure(talked)) {
    log.warn({ step: 'connectServerApi', reason: talked.reason }, talked.message);
    return { facts: withoutAnswer(facts, now(), talked) };
  }
  const { answer, secret } = talked;
  const failure = failureOfAnswer(answer, at.endpoint);
  const told = withAnswer(withAccount(facts, work, secret), now(), answer, failure);
  if (failure) return { facts: told };
  const [judged, lives] = await withAdapterFacts(work, told);
  return expose(work, judged, lives);
};
