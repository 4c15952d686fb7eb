// A stdio MCP server without an SDK that implements what the scenarios of @modelcontextprotocol/conformance ask of a server.
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const SOUND = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const notify = (method, params) => send({ method, params });
const answers = new Map();
let asked = 0;
function ask(method, params) {
  const id = `question-${asked++}`;
  send({ id, method, params });
  return new Promise((resolve) => answers.set(id, resolve));
}

const text = (content) => ({ type: 'text', text: content });
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const resource = (uri, mimeType, content) => ({ type: 'resource', resource: { uri, mimeType, text: content } });
const said = (...content) => ({ content });
const user = (content) => ({ role: 'user', content });

async function elicited(message, properties, required = []) {
  const { result } = await ask('elicitation/create', {
    message,
    requestedSchema: { type: 'object', properties, required },
  });
  return result;
}

const titled = (name, count) =>
  ['First', 'Second', 'Third']
    .slice(0, count)
    .map((title, index) => ({ const: `value${index + 1}`, title: `${title} ${name}` }));

const tools = {
  test_simple_text: () => said(text('This is a simple text response for testing.')),
  test_image_content: () => said(image),
  test_audio_content: () => said({ type: 'audio', data: SOUND, mimeType: 'audio/wav' }),
  test_embedded_resource: () =>
    said(resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')),
  test_multiple_content_types: () =>
    said(
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ),
  async test_tool_with_logging() {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      notify('notifications/message', { level: 'info', data });
      await setTimeout(50);
    }
    return said(text('Tool with logging executed'));
  },
  test_error_handling: () => ({ isError: true, ...said(text('This tool intentionally returns an error for testing')) }),
  async test_tool_with_progress(_given, { progressToken } = {}) {
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) notify('notifications/progress', { progressToken, progress, total: 100 });
      await setTimeout(50);
    }
    return said(text(String(progressToken)));
  },
  async test_sampling({ prompt }) {
    const { result } = await ask('sampling/createMessage', { messages: [user(text(prompt))], maxTokens: 100 });
    return said(text(`LLM response: ${result.content.text}`));
  },
  async test_elicitation({ message }) {
    const field = (description) => ({ type: 'string', description });
    const properties = { username: field("User's response"), email: field("User's email address") };
    const { action, content } = await elicited(message, properties, ['username', 'email']);
    return said(text(`User response: action: ${action}, content: ${JSON.stringify(content)}`));
  },
  async test_elicitation_sep1034_defaults() {
    const { action, content } = await elicited('Please check the defaults', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    });
    return said(text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`));
  },
  async test_elicitation_sep1330_enums() {
    const options = ['option1', 'option2', 'option3'];
    const { action, content } = await elicited('Please choose', {
      untitledSingle: { type: 'string', enum: options },
      titledSingle: { type: 'string', oneOf: titled('Option', 3) },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
      titledMulti: { type: 'array', items: { anyOf: titled('Choice', 3) } },
    });
    return said(text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`));
  },
  json_schema_2020_12_tool: () => said(text('ok')),
};

const SCHEMA_2020_12 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
  additionalProperties: false,
};

const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PIXEL },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched.' },
};

function read(uri) {
  const [, id] = /^test:\/\/template\/(.*)\/data$/.exec(uri) ?? [];
  if (id === undefined) return { uri, ...resources[uri] };
  return {
    uri,
    mimeType: 'application/json',
    text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
  };
}

const argument = (name) => ({ name, description: name, required: true });
const prompts = {
  test_simple_prompt: { arguments: [], get: () => [user(text('This is a simple prompt for testing.'))] },
  test_prompt_with_arguments: {
    arguments: [argument('arg1'), argument('arg2')],
    get: ({ arg1, arg2 }) => [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
  },
  test_prompt_with_embedded_resource: {
    arguments: [argument('resourceUri')],
    get: ({ resourceUri }) => [
      user(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
      user(text('Please process the embedded resource above.')),
    ],
  },
  test_prompt_with_image: { arguments: [], get: () => [user(image), user(text('Please analyze the image above.'))] },
};

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, logging: {}, completions: {} },
    serverInfo: { name: 'conformance', version: '1.0.0' },
  }),
  ping: () => ({}),
  'logging/setLevel': () => ({}),
  'completion/complete': () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }),
  'tools/list': () => ({
    tools: Object.keys(tools).map((name) => ({
      name,
      description: `The tool ${name}.`,
      inputSchema: name === 'json_schema_2020_12_tool' ? SCHEMA_2020_12 : { type: 'object', properties: {} },
    })),
  }),
  'tools/call': ({ name, arguments: given = {}, _meta }) => tools[name](given, _meta),
  'resources/list': () => ({
    resources: Object.entries(resources).map(([uri, { mimeType }]) => ({ uri, name: uri, description: uri, mimeType })),
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', description: 'A template.' }],
  }),
  'resources/read': ({ uri }) => ({ contents: [read(uri)] }),
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'prompts/list': () => ({
    prompts: Object.entries(prompts).map(([name, prompt]) => ({
      name,
      description: name,
      arguments: prompt.arguments,
    })),
  }),
  'prompts/get': ({ name, arguments: given = {} }) => ({ messages: prompts[name].get(given) }),
};

async function answer({ id, method, params = {} }) {
  try {
    send({ id, result: await methods[method](params) });
  } catch (error) {
    send({ id, error: { code: -32601, message: String(error) } });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === undefined) answers.get(message.id)?.(message);
  else if (message.id !== undefined) void answer(message);
}
