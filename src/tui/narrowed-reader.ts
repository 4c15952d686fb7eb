import type { Reader, RequestFilter } from '../store/index.js';

/** Asks about lists of requests and MCP calls, their number and their sums only within a scope. */
export function narrowRequests(reader: Reader, scope: RequestFilter): Reader {
  return {
    ...reader,
    page: (filter, page) => reader.page({ ...filter, ...scope }, page),
    query: (filter, page) => reader.query({ ...filter, ...scope }, page),
    count: (filter, sort) => reader.count({ ...filter, ...scope }, sort),
    totals: (filter) => reader.totals({ ...filter, ...scope }),
    outcomes: (filter) => reader.outcomes({ ...filter, ...scope }),
    mcpServers: (filter) => reader.mcpServers({ ...filter, ...scope }),
    mcpTools: (filter) => reader.mcpTools({ ...filter, ...scope }),
    mcpCalls: (filter, page) => reader.mcpCalls({ ...filter, ...scope }, page),
    countMcpCalls: (filter) => reader.countMcpCalls({ ...filter, ...scope }),
    ruleHits: (filter, page) => reader.ruleHits({ ...filter, ...scope }, page),
  };
}
