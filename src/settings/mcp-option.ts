import type { Config } from './config.js';

/** The configuration with `--mcp` (also servers that are programs) or `--no-mcp` (no servers); undefined: neither was given. */
export function withMcpOption(config: Config, option: boolean | undefined): Config {
  if (option === undefined) return config;
  return option ? { ...config, 'mcp.enabled': true, 'mcp.stdio': true } : { ...config, 'mcp.enabled': false };
}
