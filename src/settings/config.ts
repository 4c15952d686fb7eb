/** US dollars per million tokens. */
export interface PriceOverride {
  input: number;
  output: number;
  cache_read?: number | undefined;
  cache_write_5m?: number | undefined;
  cache_write_1h?: number | undefined;
}

/** The content of config.json; config-schema.ts describes and checks it. */
export interface Config {
  enabled: boolean;
  capture_enabled: boolean;
  retention_days: number;
  max_db_mb: number;
  intercept_hosts: string[];
  'api.enabled': boolean;
  'api.port': number;
  'mcp.enabled': boolean;
  'mcp.stdio': boolean;
  'mcp.include': string[];
  'mcp.exclude': string[];
  'ui.layout': 'auto' | 'split' | 'tmux' | 'none';
  'ui.mouse': boolean;
  'ui.prefix': string;
  'budget.session': number | null;
  'budget.day': number | null;
  'budget.month': number | null;
  'otlp.endpoint': string | null;
  'otlp.content': boolean;
  'otlp.attributes': Record<string, string>;
  prices: Record<string, PriceOverride>;
  /** As written: `runtime/configured-rules.ts` checks them. */
  rules: unknown[];
}

export const DEFAULT_CONFIG: Config = {
  enabled: true,
  capture_enabled: true,
  retention_days: 30,
  max_db_mb: 2048,
  intercept_hosts: ['api.anthropic.com', '*.anthropic.com', 'claude.ai', '*.claude.ai'],
  'api.enabled': true,
  'api.port': 0,
  'mcp.enabled': true,
  'mcp.stdio': false,
  'mcp.include': ['*'],
  'mcp.exclude': [],
  'ui.layout': 'auto',
  'ui.mouse': true,
  'ui.prefix': 'ctrl-]',
  'budget.session': null,
  'budget.day': null,
  'budget.month': null,
  'otlp.endpoint': null,
  'otlp.content': false,
  'otlp.attributes': {},
  prices: {},
  rules: [],
};
