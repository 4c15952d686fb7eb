/** A Claude model as its price list names it: `claude-opus-4-6`, `claude-haiku-3-5`, and whether the id means fast mode. */
export interface ModelName {
  name: string;
  isFast: boolean;
}

/**
 * The model that an id of the API, a cloud or a gateway names; null for ids that name none, such as the ARN of an
 * application inference profile. Forms, as their documentation gives them: `claude-opus-4-5-20251101`, `claude-opus-4-5@20251101`
 * (Google), `us.anthropic.claude-opus-4-5-20251101-v1:0` and its ARNs (Bedrock), `anthropic/claude-opus-4.5:thinking`
 * (OpenRouter), `databricks-claude-opus-4-5`, `claude-4-5-opus`, `claude-opus-4-5[1m]` (Claude Code).
 */
export function modelName(id: string): ModelName | null {
  const lower = id.toLowerCase();
  const start = lower.lastIndexOf('claude-');
  if (start === -1 || lower.length > MAX_LENGTH || (start > 0 && !SEPARATORS.has(lower.charAt(start - 1)))) return null;
  const plain = SUFFIXES.reduce((name, suffix) => name.replace(suffix, ''), lower.slice(start));
  const name = plain.replace(/-fast$/, '');
  const parts = PARTS.exec(name.replaceAll('.', '-'))?.groups;
  if (parts === undefined) return null;
  const { family = parts.lastFamily, version = parts.firstVersion } = parts;
  return { name: `claude-${family}-${version?.replace(/-0$/, '')}`, isFast: name !== plain };
}

const MAX_LENGTH = 300;
const SEPARATORS: ReadonlySet<string> = new Set(['/', '.', ':', '-', '_']);

/** Suffixes behind the name, the outermost first. None changes the price of a token. */
const SUFFIXES = [
  /\[1m\]$/,
  /:(?:beta|thinking|extended|nitro|floor|exacto|online)$/,
  /-v\d{1,2}(?::\d{1,2}(?::\d{1,4}k)?)?$/,
  /@[a-z0-9-]{1,20}$/,
  /-latest$/,
  /-thinking$/,
  /-\d{8}$/,
];

/** Family and version in either order: older names have the version first. */
const PARTS =
  /^claude-(?:(?<family>[a-z]+)-(?<version>\d{1,2}(?:-\d{1,2})?)|(?<firstVersion>\d{1,2}(?:-\d{1,2})?)-(?<lastFamily>[a-z]+))$/;
