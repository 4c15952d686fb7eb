import type { Auth } from '../auth/index.js';
import type { GatewayConfig } from '../config/schema.js';
import type { RouteContext, RunningRoute } from '../route/route-context.js';
import type { Admit } from '../server/admission.js';
import type { AddressOf } from '../server/client-address.js';

/** The routes of a configuration by name. */
export type Routes = ReadonlyMap<string, RunningRoute>;

/** Everything that is made from a configuration. A reload replaces it as a whole. */
export interface Running {
  config: GatewayConfig;
  routes: Routes;
  auth: Auth;
  admit: Admit;
  addressOf: AddressOf;
  context: RouteContext;
}
