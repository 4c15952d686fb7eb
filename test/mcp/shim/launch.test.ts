// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configurations have them
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAD, readLaunch, writeLaunch } from '../../../src/mcp/shim/launch.js';
import { createSealer, writePad } from '../../../src/mcp/shim/seal.js';

const TASK = { socket: '/tmp/x/mcp.sock', name: 'tickets ${X}', scope: 'user' };

/** What Claude Code makes of a text of a configuration (seen in 2.1.197). */
function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?)\}/g, (reference, inner: string) => {
    const [name = '', ...rest] = inner.split(':-');
    return env[name] ?? (rest.length > 0 ? rest.join(':-') : reference);
  });
}

function started(
  entry: { file: string; args: string[]; env: Record<string, string> },
  env: Record<string, string> = {},
): { written: string; command: ReturnType<typeof readLaunch> } {
  const sealer = createSealer();
  const launch = writeLaunch(TASK, entry, sealer);
  const outer = { ...env, [PAD]: writePad(sealer.pad) };
  const variables = Object.entries(launch.env).map(([name, value]) => [name, expand(value, outer)]);
  return {
    written: JSON.stringify(launch),
    command: readLaunch(
      launch.args.map((arg) => expand(arg, outer)),
      { ...outer, ...Object.fromEntries(variables) },
    ),
  };
}

describe('the launch of a shim', () => {
  it('starts the command of the entry, with the variables of the entry and no others', () => {
    const entry = {
      file: 'npx',
      args: ['-y', 'server', '--key', 'sk-1 2"3'],
      env: { TOKEN: 'geheim', NODE_OPTIONS: '--x' },
    };
    const { command, written } = started(entry, { PATH: '/bin', NODE_OPTIONS: '--y' });
    expect(written).toContain('"NODE_OPTIONS":""');
    expect(command).toEqual({
      task: TASK,
      command: { ...entry, env: { PATH: '/bin', TOKEN: 'geheim', NODE_OPTIONS: '--x' } },
    });
  });

  it('keeps what the shell preloads into Node.js from the shim, and gives it to the server', () => {
    const entry = { file: 'node', args: [], env: {} };
    expect(started(entry, { NODE_OPTIONS: '--y' }).command.command.env).toEqual({ NODE_OPTIONS: '--y' });
    expect(started(entry).command.command.env).toEqual({});
  });

  it('writes no literal text of the entry, and references as they are', () => {
    const entry = {
      file: '/opt/${WHERE}/run',
      args: [
        '--key=sk-literal-${KEY}',
        '${MISSING:-fallback}',
        '${KEY:-unused}',
        '${not a name:-odd}',
        '$HOME ${',
        'ü${KEY}',
      ],
      env: { A: 'Bearer ${KEY}', B: '' },
    };
    const { written, command } = started(entry, { WHERE: 'here', KEY: 'k' });
    for (const literal of ['opt', 'sk-literal', 'fallback', 'unused', 'odd', 'HOME', 'Bearer']) {
      expect(written).not.toContain(literal);
    }
    for (const reference of ['${WHERE}', '${KEY}', '${MISSING:-', '${not a name:-'])
      expect(written).toContain(reference);
    expect(command.command).toEqual({
      file: '/opt/here/run',
      args: ['--key=sk-literal-k', 'fallback', 'k', '${not a name:-odd}', '$HOME ${', 'ük'],
      env: { WHERE: 'here', KEY: 'k', A: 'Bearer k', B: '' },
    });
  });

  it('is the same command as without a shim, whatever the entry says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom('${A}', '${A:-x}', '${Z:-y z}', '${', '}', '$', ':-', 'ct(1.a)', 'é', '{'))
        .map((parts) => parts.join('')),
    );
    const name = fc.stringMatching(/^[A-Z_]{1,8}$/);
    fc.assert(
      fc.property(text, fc.array(text), fc.dictionary(name, text), (file, args, env) => {
        const outer = { A: 'from outside' };
        const { command } = started({ file, args, env }, outer);
        const plain = Object.entries(env).map(([key, value]) => [key, expand(value, outer)]);
        expect(command.command.file).toBe(expand(file, outer));
        expect(command.command.args).toEqual(args.map((arg) => expand(arg, outer)));
        expect(command.command.env).toEqual({ ...outer, ...Object.fromEntries(plain) });
      }),
    );
  });

  it('refuses more text than an environment variable can hold the pad of', () => {
    const { seal } = createSealer(4);
    expect(seal('four')).toMatch(/^ct\w+\(0\./);
    expect(() => seal('x')).toThrow(RangeError);
  });

  it('is plain where no run sealed it', () => {
    expect(readLaunch([Buffer.from(JSON.stringify(TASK)).toString('base64url'), 'cat', '-u'], {}).command).toEqual({
      file: 'cat',
      args: ['-u'],
      env: {},
    });
  });
});
