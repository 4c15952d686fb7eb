import type { Argv } from 'yargs';

/** Describes the options of a command. yargs breaks the lines of examples to fit two columns, and nobody could copy them. */
export function withWholeExamples<Described>(describe: (cli: Argv) => Argv<Described>, cli: Argv): Argv<Described> {
  const lines: string[] = [];
  const example = (line: string, what: string): Argv => {
    lines.push(`  ${line}`, `      ${what}`);
    return cli;
  };
  Object.assign(cli, { example });
  const described = describe(cli);
  if (lines.length > 0) cli.epilogue(['Examples:', ...lines].join('\n'));
  return described;
}
