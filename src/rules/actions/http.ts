import { describeError } from '../../base/error-text.js';
import type { Redirect, Respond } from '../file/action-schema.js';
import type { RuleStep } from '../types.js';
import type { Acting, CompiledAction } from './action.js';
import { checkHeaderValue } from './header.js';
import { compileTemplates, templateScope } from './template.js';

/*
 * Actions on the HTTP request that carries a message. Only the gateway has them.
 */

type Act = CompiledAction['act'];

/** If a template fails, the answer is a 500: the server must not get a message that a rule should answer. */
export function compileRespond({ status, headers: given = {}, body = '' }: Respond): Act {
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const headers = { 'content-type': type, ...lowerCase(given) };
  const render = compileTemplates(body);
  return (acting) => {
    checkSender(acting);
    const { rule } = acting;
    try {
      const made = render(templateScope(acting));
      const bytes = Buffer.from(typeof made === 'string' ? made : JSON.stringify(made));
      return { detail: `${status}`, steps: [{ do: 'respond', status, headers, body: bytes, rule }], isEnd: true };
    } catch (error) {
      const reason = `respond failed: ${describeError(error)}`;
      const step: RuleStep = { do: 'respond', status: 500, headers: {}, body: Buffer.alloc(0), rule };
      return { detail: reason, error: reason, steps: [step], isEnd: true };
    }
  };
}

export function compileRedirect(given: Redirect): Act {
  const { to, status = 307 } = typeof given === 'string' ? { to: given } : given;
  return (acting) => {
    checkSender(acting);
    const { rule } = acting;
    const headers = { location: to };
    return {
      detail: `${status} to ${to}`,
      steps: [{ do: 'respond', status, headers, body: Buffer.alloc(0), rule }],
      isEnd: true,
    };
  };
}

/** An invalid value removes the header: the client's own must not pass for the rule's. */
export function compileSetHeader(given: Readonly<Record<string, string>>): Act {
  const headers = Object.entries(lowerCase(given)).map(([name, value]) => ({ name, render: compileTemplates(value) }));
  return (acting) => {
    const { rule } = acting;
    const scope = templateScope(acting);
    const errors: string[] = [];
    const steps = headers.map(({ name, render }): RuleStep => {
      try {
        const value = String(render(scope) ?? '');
        checkHeaderValue(value);
        return { do: 'set_header', name, value, rule };
      } catch (error) {
        errors.push(`${name} was removed: ${describeError(error)}`);
        return { do: 'remove_header', name, rule };
      }
    });
    const failed = errors.join('; ');
    const detail = headers.map(({ name }) => name).join(', ');
    return failed === '' ? { detail, steps } : { detail: failed, error: failed, steps };
  };
}

export function compileRemoveHeader(given: readonly string[]): Act {
  const names = given.map((name) => name.toLowerCase());
  return ({ rule }) => ({
    detail: names.join(', '),
    steps: names.map((name) => ({ do: 'remove_header', name, rule })),
  });
}

/** @throws Error for a message of the server, which no HTTP request carries */
function checkSender({ message }: Acting): void {
  if (message.sender !== 'client') throw new Error('only messages of the client can be answered like this');
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
