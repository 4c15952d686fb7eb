/**
 * The rules of a route, applied to its messages. Loaded only if a route has rules.
 *
 * route-rules     files of rules, by route
 * route-policy    the rules of one route
 * ├ ruled-exchange  one request and its answer
 * ├ rule-request    the messages of a client
 * ├ rule-answer     the messages of a server
 * └ answer-server   answers of rules to requests of the server
 */
export { answerServer } from './answer-server.js';
export { RoutePolicy } from './route-policy.js';
export { readRouteRules } from './route-rules.js';
export { ruleAnswer } from './rule-answer.js';
export { ruleRequest } from './rule-request.js';
