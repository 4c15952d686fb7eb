import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemBundle } from '../../src/proxy/index.js';
import { inTerminal } from '../support/product/terminal.js';
import { MAIN, newSandbox, notices, type Sandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];
const wrap = (...command: string[]) => ['wrap', '--quiet', '--', ...command];

/** The command's own end and output, and those of the same command under wrap. */
async function bothWays(sandbox: Sandbox, command: string[], options: Parameters<Sandbox['run']>[1] = {}) {
  const direct = await sandbox.startOther(command, options).ended;
  const wrapped = await sandbox.run(wrap(...command), options);
  return { direct, wrapped };
}

describe('bytes', () => {
  it('of stdin, stdout and stderr pass unchanged', async () => {
    const sandbox = await newSandbox();
    const stdin = randomBytes(1024 * 1024);
    const through = await bothWays(sandbox, ['cat'], { stdin });
    expect(through.direct.stdout.equals(stdin)).toBe(true);
    expect(through.wrapped.stdout.equals(stdin)).toBe(true);
    const { wrapped } = await bothWays(sandbox, ['sh', '-c', 'cat >&2'], { stdin });
    expect(wrapped.stderr.equals(stdin)).toBe(true);
  });

  it('all reach a reader that takes its time', async () => {
    const sandbox = await newSandbox();
    const size = 4 * 1024 * 1024;
    const program = sandbox.start(wrap('head', '-c', String(size), '/dev/zero'));
    program.process.stdout.pause().removeAllListeners('data');
    let read = 0;
    for await (const chunk of program.process.stdout) {
      read += chunk.length;
      await setTimeout(1);
    }
    expect(read).toBe(size);
    expect((await program.ended).exitCode).toBe(0);
  });

  it('that nobody reads end the command as without us', async () => {
    const sandbox = await newSandbox();
    const intoHead = ['sh', '-c', '{ "$@"; echo "ended with $?" >&2; } | head -c 2', 'sh'];
    const direct = await sandbox.startOther([...intoHead, 'yes']).ended;
    expect(direct).toMatchObject({ stdout: Buffer.from('y\n'), stderr: Buffer.from('ended with 141\n') });
    expect(await sandbox.startOther([...intoHead, process.execPath, MAIN, ...wrap('yes')]).ended).toEqual(direct);
  });

  it('of ours stay out of stdout', async () => {
    const sandbox = await newSandbox();
    const { stdout, stderr } = await sandbox.run(['wrap', '--live', '--', 'echo', 'mine']);
    expect(stdout.toString()).toBe('mine\n');
    expect(stderr.toString()).toContain('claude-trace: No requests were seen');
  });
});

describe('the command', () => {
  it('gets its arguments as they stand: empty, with blanks, with -- and options that look like ours', async () => {
    const sandbox = await newSandbox();
    const args = ['', ' two words ', '--', '--quiet', '-h', '--version', "it's", '$HOME', '*', 'ü\n'];
    const { stdout } = await sandbox.run(
      wrap(...node('console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args)),
    );
    expect(JSON.parse(stdout.toString())).toEqual(args);
  });

  it('runs in our working directory, also through a link', async () => {
    const sandbox = await newSandbox();
    await mkdir(join(sandbox.root, 'real folder'));
    await symlink(join(sandbox.root, 'real folder'), join(sandbox.root, 'link'));
    const { direct, wrapped } = await bothWays(sandbox, ['pwd', '-P'], { cwd: join(sandbox.root, 'link') });
    expect(wrapped.stdout).toEqual(direct.stdout);
  });

  it('is found on PATH, and run by its #! line', async () => {
    const sandbox = await newSandbox();
    const bin = join(sandbox.root, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'greet'), '#!/bin/sh\necho "hello $1"\n', { mode: 0o755 });
    const { stdout } = await sandbox.run(wrap('greet', 'you'), { env: { PATH: `${bin}:${sandbox.env.PATH}` } });
    expect(stdout.toString()).toBe('hello you\n');
  });

  it.each([0, 3, 255])('ends with its exit code: %i', async (code) => {
    const sandbox = await newSandbox();
    expect(await sandbox.run(wrap('sh', '-c', `exit ${code}`))).toMatchObject({ exitCode: code, signal: null });
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGABRT', 'SIGPIPE', 'SIGUSR2'])(
    'killed by %s, ends us by the same signal',
    async (signal) => {
      const sandbox = await newSandbox();
      const { direct, wrapped } = await bothWays(sandbox, ['sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`]);
      expect(direct.signal).toBe(signal);
      expect(wrapped).toMatchObject({ exitCode: null, signal });
    },
  );

  it('that does not exist gives 127 and one sentence, as in a shell', async () => {
    const sandbox = await newSandbox();
    const ended = await sandbox.run(['wrap', '--', 'no-such-command-anywhere', 'x']);
    expect(ended).toMatchObject({ exitCode: 127, stdout: Buffer.alloc(0) });
    expect(ended.stderr.toString()).toBe('claude-trace: Command not found: no-such-command-anywhere\n');
  });

  it('that cannot be executed gives 126 and one sentence', async () => {
    const sandbox = await newSandbox();
    const file = join(sandbox.root, 'data.txt');
    await writeFile(file, 'no program');
    await chmod(file, 0o644);
    const ended = await sandbox.run(['wrap', '--', file]);
    expect(ended).toMatchObject({ exitCode: 126, stdout: Buffer.alloc(0) });
    expect(notices(ended)).toEqual([expect.stringContaining(`Cannot run ${file}: `)]);
    expect(ended.stderr.toString().trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('signals', () => {
  /** Counts what it gets; says so; exits with 7 when its stdin ends. */
  const COUNTER = `
    const counts = {};
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGCONT']) {
      process.on(signal, () => {
        counts[signal] = (counts[signal] ?? 0) + 1;
        console.log(signal);
      });
    }
    process.stdin.resume().on('end', () => {
      console.log(JSON.stringify(counts));
      process.exit(7);
    });
    console.log('ready');`;

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const)(
    '%s to claude-trace reaches a command that handles it, once, and claude-trace ends as the command does',
    async (signal) => {
      const sandbox = await newSandbox();
      const program = sandbox.start(wrap(...node(COUNTER)));
      await program.says('ready');
      program.process.kill(signal);
      await program.says(signal);
      const { exitCode, stdout } = await program.ended;
      expect(exitCode).toBe(7);
      expect(stdout.toString()).toContain(JSON.stringify({ [signal]: 1 }));
    },
  );

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    '%s to us ends a command that does not handle it, and us the same way',
    async (signal) => {
      const sandbox = await newSandbox();
      const program = sandbox.start(wrap('sh', '-c', 'echo ready; exec sleep 60'));
      await program.says('ready');
      program.process.kill(signal);
      expect(await program.ended).toMatchObject({ exitCode: null, signal });
    },
  );

  it('Ctrl-C at a terminal reaches the command once', async () => {
    const sandbox = await newSandbox();
    const program = inTerminal(sandbox, wrap(...node(COUNTER)));
    await program.says('ready');
    program.process.stdin.write('\x03');
    await program.says('SIGINT');
    // Ctrl-D at the beginning of a line ends a terminal's stdin.
    program.process.stdin.write('\x04');
    expect(await program.says('}')).toContain('{"SIGINT":1}');
    await program.ended;
  });
});

describe('a terminal', () => {
  const IS_TTY = 'console.log(JSON.stringify([0, 1, 2].map((fd) => require("node:tty").isatty(fd))))';

  it('is one for the command too', async () => {
    const sandbox = await newSandbox();
    const program = inTerminal(sandbox, wrap(...node(IS_TTY)));
    expect(await program.says(']')).toContain('[true,true,true]');
    await program.ended; // it still writes into the sandbox, which goes with the test
  });

  it('on one side only stays so: a redirected stdout is not a terminal', async () => {
    const sandbox = await newSandbox();
    const said = async (redirection: string) => {
      const program = inTerminal(sandbox, wrap(...node(IS_TTY)), redirection);
      const text = await program.says(']');
      // It still writes into the sandbox, which goes with the test.
      await program.ended;
      return text;
    };
    expect(await said('| cat')).toContain('[true,false,true]');
    expect(await said('< /dev/null')).toContain('[false,true,true]');
  });

  it('is not a terminal if the command of claude-trace has none', async () => {
    const sandbox = await newSandbox();
    expect((await sandbox.run(wrap(...node(IS_TTY)))).stdout.toString()).toBe('[false,false,false]\n');
  });

  it('is left as it was: the modes of the terminal are the same before and after', async () => {
    const sandbox = await newSandbox();
    const program = inTerminal(sandbox, wrap('true'), '; echo "after $(stty -g)"', 'echo "before $(stty -g)"; ');
    const said = await program.says('after ');
    await program.ended;
    const modes = [...(said + (await program.ended).stdout).matchAll(/(before|after) ([0-9a-f:]+)/g)].map(
      (match) => match[2],
    );
    expect(modes[0]).toMatch(/^[0-9a-f:]{20,}$/);
    expect(modes[1]).toBe(modes[0]);
  });
});

describe('the environment of the command', () => {
  const PRINT = 'console.log(JSON.stringify(process.env))';
  const childEnv = async (sandbox: Sandbox, env: Record<string, string>, options: string[] = []) => {
    const { stdout } = await sandbox.run(['wrap', ...options, '--', ...node(PRINT)], { env });
    return JSON.parse(stdout.toString());
  };

  it('differs from ours by the proxy variables and the CA file, and by nothing else', async () => {
    const sandbox = await newSandbox();
    const ours = { FOO: 'bar', EMPTY: '', LANG: 'C.UTF-8', NODE_OPTIONS: '--max-old-space-size=512' };
    const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NODE_EXTRA_CA_CERTS, ...rest } = await childEnv(
      sandbox,
      ours,
    );
    expect(rest).toEqual({ ...sandbox.env, ...ours });
    expect(HTTPS_PROXY).toMatch(/^http:\/\/token:[\w-]{20,}@127\.0\.0\.1:\d+$/);
    expect([https_proxy, HTTP_PROXY, http_proxy]).toEqual([HTTPS_PROXY, HTTPS_PROXY, HTTPS_PROXY]);
    expect(NODE_EXTRA_CA_CERTS.startsWith(sandbox.tmp)).toBe(true);
  });

  it('has NO_PROXY without the hosts that we read', async () => {
    const sandbox = await newSandbox();
    const env = await childEnv(sandbox, { NO_PROXY: 'localhost,.anthropic.com,10.0.0.0/8', no_proxy: '*' });
    expect(env.NO_PROXY).toBe('localhost,10.0.0.0/8');
    expect(env).not.toHaveProperty('no_proxy');
  });

  it('trusts with --trust-env, for programs that know only a whole bundle, the roots and our CA', async () => {
    const sandbox = await newSandbox();
    const script = `
      const { readFileSync } = require('node:fs');
      const names = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'];
      const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8').trim();
      console.log(JSON.stringify(names.map((name) => {
        const bundle = readFileSync(process.env[name], 'utf8');
        return [bundle.includes(ca), bundle.split('BEGIN CERTIFICATE').length - 1];
      })));`;
    const { stdout } = await sandbox.run(['wrap', '--trust-env', '--', ...node(script)]);
    const roots = systemBundle(sandbox.env).length || rootCertificates.length;
    expect(JSON.parse(stdout.toString())).toEqual(Array(4).fill([true, roots + 1]));
  });

  it('names a CA file that also holds what NODE_EXTRA_CA_CERTS held, behind ours, and no key', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const { stdout } = await sandbox.run(wrap('sh', '-c', 'cat "$NODE_EXTRA_CA_CERTS"'), {
      env: await sandbox.behind(api),
    });
    expect(stdout.toString().endsWith(`${api.caPem.trim()}\n`)).toBe(true);
    expect(stdout.toString().match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(stdout.toString()).not.toContain('PRIVATE KEY');
  });

  it.each(['exit 0', 'exit 3', 'kill -KILL $$'])('leaves no temporary file behind after: %s', async (script) => {
    const sandbox = await newSandbox();
    const { stdout } = await sandbox.run(wrap('sh', '-c', `dirname "$NODE_EXTRA_CA_CERTS"; ${script}`));
    expect(stdout.toString().trim().startsWith(sandbox.tmp)).toBe(true);
    expect(await readdir(sandbox.tmp)).toEqual([]);
  });

  it('the temporary folder of a killed run is removed by a later run', async () => {
    const sandbox = await newSandbox();
    const killed = sandbox.start(wrap('sh', '-c', 'dirname "$NODE_EXTRA_CA_CERTS"; read -r line'));
    const folder = (await killed.says('claude-trace-')).trim();
    killed.process.kill('SIGKILL');
    killed.process.stdin.end('\n');
    await killed.ended;
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(folder, longAgo, longAgo);
    await sandbox.run(wrap('sh', '-c', `while [ -d "${folder}" ]; do sleep 0.02; done`));
    expect(await readdir(sandbox.tmp)).toEqual([]);
  });

  it.each(['enabled', 'capture_enabled'])('is untouched when the configuration sets %s to false', async (key) => {
    const sandbox = await newSandbox();
    await sandbox.configure({ [key]: false });
    const ours = { NO_PROXY: 'api.anthropic.com', HTTPS_PROXY: 'http://127.0.0.1:9' };
    const ended = await sandbox.run(['wrap', '--', ...node(`${PRINT}; process.exitCode = 5`)], { env: ours });
    expect(JSON.parse(ended.stdout.toString())).toEqual({ ...sandbox.env, ...ours });
    expect(ended.exitCode).toBe(5);
    expect(notices(ended)).toEqual([expect.stringMatching(/^tracing is off .*\bfalse\b/)]);
    await expect(readdir(sandbox.dataDir)).rejects.toThrow('ENOENT');
  });

  it('leaves the settings of Claude Code as they are', async () => {
    const sandbox = await newSandbox();
    const folder = join(sandbox.root, 'home', '.claude');
    await mkdir(folder);
    const settings = '{"env": {"HTTPS_PROXY": "http://127.0.0.1:9"}}\n';
    await writeFile(join(folder, 'settings.json'), settings);
    const ended = await sandbox.run(['wrap', '--', 'true']);
    expect(await readFile(join(folder, 'settings.json'), 'utf8')).toBe(settings);
    expect(await readdir(folder)).toEqual(['settings.json']);
    expect(notices(ended)).toEqual([expect.stringMatching(/^No requests were seen: .*settings\.json.*HTTPS_PROXY/)]);
  });
});

describe('a command that we see nothing of', () => {
  it('is reported: No requests were seen', async () => {
    const sandbox = await newSandbox();
    const ended = await sandbox.run(['wrap', '--', 'true']);
    expect(ended.exitCode).toBe(0);
    expect(notices(ended)).toEqual([expect.stringMatching(/^No requests were seen: /)]);
  });
});
