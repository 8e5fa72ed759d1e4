/**
 * The controller's end of the fault agent: starts its container, keeps its lease alive with a heartbeat, and asks it for
 * blows and cures over its attached stdin and stdout (a round trip, where `docker exec` costs 50 ms).
 */
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { HarnessError } from '../core/errors.ts';
import type { Evidence } from '../core/types.ts';
import type { AgentReply, AgentRequest } from './agent/protocol.ts';
import { agentProgram } from './bundle.ts';
import { type Engine, engineSocket, gone, ownerLabel, partLabel, reasonOf, runLabel } from './engine.ts';
import { owner } from './owner.ts';
import { tarball } from './tarball.ts';

export interface AgentLink {
  ask(request: AgentRequest): Promise<AgentReply>;
  /** The same for requests that are answered with evidence; a failure is evidence too: of not having taken effect. */
  prove(request: AgentRequest): Promise<Evidence>;
  /** Heals and removes everything of the run, then the agent itself. Idempotent. Does nothing when the agent is dead. */
  finish(): Promise<void>;
  /** Ends the agent and leaves the rest as it is, with the journal for whoever cleans up later. */
  release(): Promise<void>;
}

export interface AgentOptions {
  readonly engine: Engine;
  readonly run: string;
  readonly image: string;
  /** Loop devices too: for cutting the power. */
  readonly disks: boolean;
}

const beatMs = 1000;

export async function startAgent({ engine, run, image, disks }: AgentOptions): Promise<AgentLink> {
  const container = await engine.createContainer(agentContainer({ run, image, disks }));
  await container.putArchive(tarball([{ name: 'agent.mjs', bytes: await agentProgram() }]), { path: '/' });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const [out, err] = [new PassThrough(), new PassThrough()];
  engine.modem.demuxStream(stream, out, err);

  const waiting = new Map<number, { resolve(reply: AgentReply): void; reject(error: Error): void }>();
  let last = '';
  let dead = false;
  const die = (): void => {
    dead = true;
    clearInterval(beat);
    for (const { reject } of waiting.values())
      reject(broken(`The fault agent has ended: ${last || 'it said nothing'}.`));
    waiting.clear();
  };
  createInterface({ input: err }).on('line', (line) => {
    last = line;
  });
  createInterface({ input: out }).on('line', (line) => {
    const reply = JSON.parse(line) as AgentReply;
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asker?.resolve(reply);
    else asker?.reject(new Error(reply.error));
  });
  stream.on('end', die).on('close', die).on('error', die);

  let next = 1;
  const write = (request: AgentRequest): number => {
    const id = next++;
    stream.write(`${JSON.stringify({ id, ...request })}\n`);
    return id;
  };
  const beat = setInterval(() => {
    if (!dead) write({ do: 'beat' });
  }, beatMs);
  beat.unref();
  await container.start();

  const ask = (request: AgentRequest): Promise<AgentReply> =>
    new Promise((resolve, reject) => {
      if (dead) reject(broken(`The fault agent has ended: ${last || 'it said nothing'}.`));
      else waiting.set(write(request), { resolve, reject });
    });
  let finished: Promise<void> | undefined;
  return {
    ask,
    prove: (request) =>
      ask(request).then(
        (reply) => reply.evidence ?? { took: false, how: 'the agent gave no evidence' },
        (error: unknown) => ({ took: false, how: reasonOf(error) }),
      ),
    finish() {
      finished ??= (async () => {
        if (dead) return;
        await ask({ do: 'finish' });
        clearInterval(beat);
        stream.end();
        await gone(container.remove({ force: true, v: true }));
      })();
      return finished;
    },
    async release() {
      clearInterval(beat);
      await gone(container.kill());
    },
  };
}

/**
 * Puts a run in order whose agent has ended before it could: a new one with the old one's journal.
 * @returns once it is done
 */
export async function startHeir(engine: Engine, run: string, image: string, heritage?: string): Promise<void> {
  const container = await engine.createContainer(agentContainer({ run, image, disks: true, orphaned: true, heritage }));
  await container.putArchive(tarball([{ name: 'agent.mjs', bytes: await agentProgram() }]), { path: '/' });
  await container.start();
  // It removes itself; there may be nothing left to wait for.
  await gone(container.wait());
  await gone(container.remove({ force: true, v: true }));
}

function agentContainer({
  run,
  image,
  disks,
  orphaned = false,
  heritage,
}: Omit<AgentOptions, 'engine'> & { orphaned?: boolean; heritage?: string | undefined }) {
  return {
    Image: image,
    name: `pitchpole-${run}-${orphaned ? 'heir' : 'agent'}`,
    Cmd: ['node', '/agent.mjs'],
    Labels: { [runLabel]: run, [partLabel]: 'agent', [ownerLabel]: owner() },
    Env: [`PITCHPOLE_RUN=${run}`, `PITCHPOLE_LABEL=${runLabel}=${run}`, ...(orphaned ? ['PITCHPOLE_ORPHANED=1'] : [])],
    OpenStdin: true,
    // When our connection breaks, its stdin closes: so it learns of our death at once.
    StdinOnce: true,
    AttachStdin: true,
    Volumes: { '/journal': {} },
    HostConfig: {
      PidMode: 'host',
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      // Namespaces and loop devices; packet filters; other processes' memory; signals; files of whoever a node runs as, and
      // limits in its name. Never SYS_TIME.
      CapAdd: ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'KILL', 'DAC_OVERRIDE', 'SETUID', 'SETGID'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
      Memory: 256 * 1024 * 1024,
      PidsLimit: 256,
      Binds: [`${engineSocket()}:/var/run/docker.sock`, ...(disks ? ['/dev:/dev'] : [])],
      ...(heritage === undefined ? {} : { VolumesFrom: [heritage] }),
      ...(disks
        ? {
            DeviceCgroupRules: ['b 7:* rwm', 'c 10:237 rwm'],
          }
        : {}),
    },
  };
}

const broken = (message: string): HarnessError =>
  new HarnessError({ code: 'broken', message, hint: 'Run `pitchpole doctor --clean`, then try again.' });
