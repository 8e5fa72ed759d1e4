import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { connectEngine, engineSocket } from './engine.ts';
import { baseImage } from './images.ts';
import { leavingsOf } from './testing/leavings.ts';

const program = fileURLToPath(new URL('./testing/short-run.ts', import.meta.url));
const nobody = 65534;

const wallAgainstMonotonic = (): number => Date.now() - Number(process.hrtime.bigint() / 1_000_000n);

/** Only root can become somebody else; whoever is somebody else runs the whole suite as such anyway. */
test.skipIf(process.getuid?.() !== 0)(
  'a user who is not root but may use the engine can strike and heal everything',
  async () => {
    const engine = connectEngine();
    await baseImage({ engine });
    const before = wallAgainstMonotonic();
    const { gid } = statSync(engineSocket());
    const { stdout } = await execa(
      'setpriv',
      [
        `--reuid=${nobody}`,
        `--regid=${nobody}`,
        `--groups=${gid}`,
        '--bounding-set=-all',
        '--inh-caps=-all',
        process.execPath,
        '--import',
        'tsx',
        program,
      ],
      { env: { HOME: '/tmp', TSX_DISABLE_CACHE: '1' } },
    );
    type Report = {
      uid: number;
      run: string;
      evidence: Record<string, { struck: { took: boolean }; healed: { took: boolean } }>;
    };
    const { uid, run, evidence } = JSON.parse(stdout.split('\n').at(-1) ?? '') as Report;
    expect(uid).toBe(nobody);
    expect(Object.keys(evidence)).toEqual(['cut', 'pause', 'clock', 'kill', 'power']);
    for (const [name, { struck, healed }] of Object.entries(evidence)) {
      expect(struck, name).toMatchObject({ took: true });
      expect(healed, name).toMatchObject({ took: true });
    }
    expect(await leavingsOf(engine, run)).toEqual([]);
    // The clock that was bent for a minute was one process's, never the machine's.
    expect(Math.abs(wallAgainstMonotonic() - before)).toBeLessThan(5000);
  },
);
