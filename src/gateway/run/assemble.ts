import { isDeepStrictEqual } from 'node:util';
import type { Auth } from '../auth/index.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { Refusal } from '../request.js';
import { recordedAddress } from '../route/recording.js';
import type { RouteContext } from '../route/route-context.js';
import { createAdmission } from '../server/admission.js';
import { clientAddress } from '../server/client-address.js';
import { createSeal } from '../session/seal.js';
import type { Lasting } from './lasting.js';
import type { Parts } from './parts.js';
import { runRoutes } from './run-routes.js';
import type { Running } from './running.js';

/**
 * Makes what runs from a configuration.
 * @param url where the gateway listens
 * @param before what a reload will replace: parts that have not changed are kept
 * @throws UserError if the configuration cannot be used; nothing has changed then
 */
export function assemble(
  loaded: LoadedConfig,
  { createAuth, policies }: Parts,
  { url, lasting, before }: { url: string; lasting: Lasting; before: Running | null },
): Running {
  const { config, folder } = loaded;
  const { state, report, streams } = lasting;
  const authDeps = {
    publicUrl: config.public_url ?? url,
    ...{ folder, state, report },
    onRevoked: (subject: string) => void streams.check(subject),
  };
  const auth = createAuth(config, authDeps, before?.auth);
  const routes = runRoutes(loaded, policies, before?.routes ?? new Map(), lasting);
  const hasSameKeys = before !== null && isDeepStrictEqual(before.config.keys, config.keys);
  const seal = hasSameKeys ? before.context.seal : createSeal(config.keys);
  const { emit } = lasting.deps;
  return {
    config,
    routes,
    auth,
    admit: createAdmission(config),
    addressOf: clientAddress(config.trusted_proxies),
    context: {
      ...accessBy(auth, lasting),
      seal,
      policies,
      report,
      streams,
      sessions: lasting.sessions,
      limits: lasting.limits,
      maxSessions: config.limits.sessions,
      maxBody: config.limits.body,
      sample: config.tracing?.sample ?? 0,
      record: config.record,
      recorder: emit === undefined ? null : { address: recordedAddress(config), emit },
    },
  };
}

/** Refusals of credentials that were good, and may have open streams. */
const HAS_ENDED: ReadonlySet<string | null> = new Set(['inactive', 'revoked']);

/** What a route needs of authentication. */
function accessBy(
  auth: Auth,
  { report, streams }: Lasting,
): Pick<RouteContext, 'authenticate' | 'authorize' | 'onCredentialsRefused'> {
  const reported = <Answer extends Refusal | null>(refused: Answer): Answer => {
    if (refused !== null && refused.fact !== null) report(refused.fact);
    return refused;
  };
  const authenticate: RouteContext['authenticate'] = async (exchange, { name: route }, isAgain) => {
    const { id, ip, request } = exchange;
    const { url = '', headersDistinct: headers } = request;
    const result = await auth.authenticate({ id, route, url, headers, ip, isAgain });
    if ('identity' in result) return result.identity;
    const { fact } = result.refusal;
    if (!isAgain && fact?.type === 'auth' && HAS_ENDED.has(fact.reason)) streams.checkLike(exchange);
    return reported(result.refusal);
  };
  return {
    authenticate: (exchange, route, isAgain) =>
      auth.isPublic(route.name) ? null : authenticate(exchange, route, isAgain),
    authorize: ({ id, ip, request }, { name: route }, identity, tools) =>
      reported(auth.scopesMissing({ id, route, url: request.url ?? '', ip }, identity, tools)),
    onCredentialsRefused: ({ name }, upstream, identity) => auth.upstreamRefused(name, upstream, identity),
  };
}
