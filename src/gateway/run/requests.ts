import type { RequestListener } from 'node:http';
import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { refuseLimited } from '../limits/refuse-limited.js';
import { RPC, refusal } from '../refusals.js';
import { isRefusal } from '../request.js';
import { serveRoute } from '../route/serve-route.js';
import { notFound, type Target } from '../server/admission.js';
import { allowPage, answerPreflight, isPreflight } from '../server/cors.js';
import { answerText, type Exchange, openExchange, refuse } from '../server/exchange.js';
import type { Lasting } from './lasting.js';
import type { Running } from './running.js';

/** The requests to a gateway: each is admitted, and answered by what its path names. */
export class Requests {
  readonly #running: () => Running;
  readonly #lasting: Lasting;
  #open = 0;
  #isStopping = false;

  /** @param running what runs when a request arrives; the request keeps it */
  constructor(running: () => Running, lasting: Lasting) {
    this.#running = running;
    this.#lasting = lasting;
  }

  /** Number of requests in progress, streams included. */
  get open(): number {
    return this.#open;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** From now on, clients are asked to connect elsewhere. */
  stop(): void {
    this.#isStopping = true;
  }

  readonly handle: RequestListener = (request, response) => {
    const running = this.#running();
    const { config, routes, admit, addressOf, context } = running;
    const admitted = admit(request);
    const isAsking = !isRefusal(admitted) && isPreflight(request, config.origins);
    const isForRoute = !isRefusal(admitted) && !isAsking && admitted.kind === 'route';
    const route = isForRoute ? routes.get(admitted.name) : undefined;
    const exchange = openExchange(request, response, {
      ip: addressOf(request),
      route: route?.route.name ?? null,
      sample: context.sample,
      report: context.report,
    });
    this.#open += 1;
    response.on('close', () => {
      this.#open -= 1;
    });
    if (this.#isStopping) response.setHeader('connection', 'close');
    if (isRefusal(admitted)) return void refuse(exchange, admitted);
    allowPage(request, response, config.origins);
    if (isAsking) {
      exchange.ending.outcome = 'ok';
      answerPreflight(request, response);
    } else if (route !== undefined) void serveRoute(exchange, route, context);
    else this.#answer(exchange, admitted.kind, running);
  };

  /** Answers what is not a request to a route. */
  #answer(exchange: Exchange, kind: Target['kind'], running: Running): void {
    const { request, response, ending } = exchange;
    const { metrics } = this.#lasting.deps;
    if (kind === 'health') answerText(exchange, 200, 'ok\n');
    else if (kind === 'ready' && this.#isStopping) answerText(exchange, 503, 'stopping\n');
    else if (kind === 'ready') answerText(exchange, 200, 'ready\n');
    else if (kind === 'auth') void this.#serveAuth(exchange, running);
    else if (kind === 'metrics' && metrics !== undefined) {
      ending.outcome = 'ok';
      metrics(request, response);
    } else refuse(exchange, notFound());
  }

  /** Metadata of authentication, and logins of browsers. */
  async #serveAuth(exchange: Exchange, { auth }: Running): Promise<void> {
    const { id, request, response, ip, ending } = exchange;
    const { limits, report } = this.#lasting;
    try {
      const counted = limits.takeEarly({ route: '', ip });
      const limited = counted && refuseLimited(await counted, { id, route: null, ip, subject: null }, report);
      if (limited !== null) return refuse(exchange, limited);
      if (!(await auth.handle(request, response, ip))) return refuse(exchange, notFound());
      ending.outcome = response.statusCode < 400 ? 'ok' : 'refused';
    } catch (error) {
      report({ type: 'problem', at: now(), part: 'auth', message: describeError(error) });
      refuse(exchange, refusal(500, RPC.internal, 'Internal error', { outcome: 'internal' }));
    }
  }
}
