// A worker of the tests: the real activities, each DittoServer's over its own world, in the workflow's virtual time.
import { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type ActivityInboundCallsInterceptor,
} from '@temporalio/worker';
import { AsyncLocalStorage } from 'node:async_hooks';
import { UNKNOWN_STEP, type Activities, type Activity } from '../../activities/index.ts';
import { STEP_NAMES } from '../../src/api/verdict.ts';
import { errorFilter } from '../../src/worker/error-filter.ts';
import { taskQueue } from '../../workflows/messages.ts';
import { NAMESPACE, told, type TestServer } from './server.ts';
import { VIRTUAL_NOW } from './virtual-time.ts';

export const CLUSTER = 'test';

const clock = new AsyncLocalStorage<number>();

/** Now, in the time of the workflow whose activity asks. */
export const virtualNow = (): number => clock.getStore() ?? Date.now();

const virtualTime: ActivityInboundCallsInterceptor = {
  execute(input, next) {
    const header = input.headers[VIRTUAL_NOW];
    const now = header === undefined ? Date.now() : defaultPayloadConverter.fromPayload<number>(header);
    return clock.run(now, () => next(input));
  },
};

export interface LaneOptions {
  readonly installation: string;
  /**
   * 0: nothing is kept, so that every workflow task is a replay. One workflow at a time then: with several, the SDK's core (1.24.0)
   * leaves tasks lying until they time out.
   */
  readonly maxCachedWorkflows?: number;
}

export interface Lane {
  readonly server: TestServer;
  readonly installation: string;
  /** Serves the DittoServers of this namespace with these activities. */
  serve(namespace: string, activities: Activities): void;
  /** Ends the worker as a rolling update would, and starts another. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Once per test file, before the first connection: expected failures are no news. */
export function quietRuntime(): void {
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter } },
  });
}

export async function startLane(server: TestServer, options: LaneOptions): Promise<Lane> {
  const { installation, maxCachedWorkflows = 200 } = options;
  const worlds = new Map<string, Activities>();

  const dispatch =
    (name: keyof Activities): Activity =>
    (input) => {
      const activities = worlds.get(input.target.namespace);
      if (!activities) throw new Error(`no world for ${Context.current().info.workflowExecution?.workflowId ?? ''}`);
      return activities[name](input);
    };
  const names = ['look', ...STEP_NAMES, UNKNOWN_STEP] as const;
  const activities = Object.fromEntries(names.map((name) => [name, dispatch(name)]));

  const start = async (): Promise<() => Promise<void>> => {
    const worker = await Worker.create({
      connection: server.native,
      namespace: NAMESPACE,
      taskQueue: taskQueue({ cluster: CLUSTER, installation }),
      workflowBundle: { codePath: told('bundle') },
      activities,
      maxCachedWorkflows,
      stickyQueueScheduleToStartTimeout: '2s',
      maxHeartbeatThrottleInterval: '1s',
      shutdownGraceTime: '12s',
      interceptors: {
        activity: [
          ({ info }) => ({ inbound: errorFilter(info.activityType, { error: () => undefined }) }),
          () => ({ inbound: virtualTime }),
        ],
      },
    });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  };

  let end = await start();
  return {
    server,
    installation,
    serve: (namespace, ofWorld) => void worlds.set(namespace, ofWorld),
    async restart() {
      await end();
      end = await start();
    },
    stop: () => end(),
  };
}
