/**
 * Removes all that bears a run's label: containers, volumes, networks. The same lines run in the fault agent, which has
 * nothing but the engine's socket, and in the controller, which has the engine's library; so they ask for no more than
 * a way to make a call.
 */

/** One call of the engine's API. */
export type EngineCall = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
) => Promise<{ status: number; body: unknown }>;

interface LabelledContainer {
  readonly Id: string;
  readonly State: string;
  readonly Created: number;
  readonly Labels: Readonly<Record<string, string>>;
}

const labelFilter = (label: string): string => encodeURIComponent(JSON.stringify({ label: [label] }));

/**
 * @param spare a container that must stay: the agent cannot remove the ground it stands on; it goes when it exits
 * @returns how many things were removed
 */
export async function removeRun(call: EngineCall, label: string, { spare }: { spare?: string } = {}): Promise<number> {
  const filter = labelFilter(label);
  const containers = (await list<LabelledContainer[]>(call, `/containers/json?all=1&filters=${filter}`)).filter(
    ({ Id }) => spare === undefined || !Id.startsWith(spare),
  );
  await Promise.all(containers.map(({ Id }) => remove(call, `/containers/${Id}?force=1&v=1`)));
  const { Volumes } = await list<{ Volumes: { Name: string }[] | null }>(call, `/volumes?filters=${filter}`);
  const networks = await list<{ Id: string }[]>(call, `/networks?filters=${filter}`);
  const volumes = Volumes ?? [];
  await Promise.all([
    ...volumes.map(({ Name }) => remove(call, `/volumes/${Name}?force=1`)),
    ...networks.map(({ Id }) => remove(call, `/networks/${Id}`)),
  ]);
  return containers.length + volumes.length + networks.length;
}

async function list<T>(call: EngineCall, path: string): Promise<T> {
  const { status, body } = await call('GET', path);
  if (status !== 200) throw new Error(`the engine said ${status} to ${path.split('?')[0]}`);
  return body as T;
}

/** What is gone already, or is being removed by somebody else, is as good as removed: wait until it is. */
async function remove(call: EngineCall, path: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { status, body } = await call('DELETE', path);
    if (status < 300 || status === 404) return;
    if (performance.now() > deadline)
      throw new Error(`the engine said ${status} to the removal of ${path}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
