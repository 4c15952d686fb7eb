import { FileProblemsError } from '../../rules/index.js';
import { printable } from '../../text/text.js';
import { counted } from '../../text/units.js';
import { printJson, printLines } from '../output.js';

export async function printSchema(): Promise<void> {
  const { gatewayJsonSchema } = await import('../../gateway/index.js');
  await printJson(gatewayJsonSchema());
}

/** Sets exit code 2 if the configuration cannot be used. */
export async function checkConfig(file: string, { json }: { json: boolean }): Promise<void> {
  const { loadGatewayConfig } = await import('../../gateway/index.js');
  const { fileChecks } = await import('../../gateway/config/file-checks.js');
  const { auditChecks } = await import('../../gateway/config/audit-checks.js');
  const { readRouteRules } = await import('../../gateway/policy/index.js');
  try {
    const loaded = await loadGatewayConfig(file, process.env);
    const { config } = loaded;
    const issues = [...fileChecks(config, loaded.folder, Date.now()), ...auditChecks(config, loaded.folder)];
    if (issues.length > 0) throw loaded.errorOf(issues);
    readRouteRules(loaded);
    const routes = config.routes.map(({ name, upstreams }) => ({ name, upstreams: upstreams.length }));
    if (json) return await printJson({ file, valid: true, routes, problems: [] });
    const upstreams = routes.reduce((sum, each) => sum + each.upstreams, 0);
    await printLines([
      `${printable(file)}: valid, ${counted(routes.length, 'route')}, ${counted(upstreams, 'upstream')}.`,
    ]);
  } catch (error) {
    if (!json || !(error instanceof FileProblemsError)) throw error;
    process.exitCode = error.exitCode;
    const problems = error.problems.map((problem) => ({ file: error.file, ...problem }));
    await printJson({ file, valid: false, routes: [], problems });
  }
}
