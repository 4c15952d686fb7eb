/** Values of labels. Each value makes a series that lasts as long as the process, so clients must not choose them. */
export interface Labels {
  /** A method of MCP, `none` for requests without a message, or `other`. */
  method(name: string | null): string;
  /** A tool that the route's servers list, or `other`. */
  tool(route: string, name: string): string;
  /** Names in an answer to `tools/list`. */
  learnTools(route: string, names: readonly string[]): void;
  /** Forgets the tools of other routes. */
  keepRoutes(routes: readonly string[]): void;
}

/** The methods of all revisions that a client may send. */
const METHODS = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
]);

/** Maximum for each route. */
const MAX_TOOLS = 500;
const MAX_NAME = 128;

export function createLabels(): Labels {
  const tools = new Map<string, Set<string>>();
  return {
    method: (name) => (name === null ? 'none' : METHODS.has(name) ? name : 'other'),
    tool: (route, name) => (tools.get(route)?.has(name) ? name : 'other'),
    learnTools(route, names) {
      const known = tools.get(route) ?? new Set();
      tools.set(route, known);
      for (const name of names) {
        if (known.size >= MAX_TOOLS) return;
        if (name.length <= MAX_NAME) known.add(name);
      }
    },
    keepRoutes(routes) {
      for (const route of tools.keys()) if (!routes.includes(route)) tools.delete(route);
    },
  };
}
