import { requestId } from '../../model/ids.js';
import type { McpCall, McpConnection, McpDefinition, McpDelivery, McpMessage } from '../../model/mcp.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { ContentWriter } from '../content/content-writer.js';
import type { Database } from '../sqlite.js';
import { createChangeLog } from './changes.js';
import { createRuleHitWriter } from './save-rule-hits.js';

/**
 * Stores steps of MCP recording in order. Rows are replaced by their ids, so a repeated write changes nothing. A call whose
 * request message is not stored is left out.
 */
export function createMcpWriter(db: Database, content: ContentWriter): (writes: readonly McpWrite[]) => void {
  const saveConnection = createConnectionWriter(db);
  const saveMessage = createMessageWriter(db, content);
  const deliveries = createDeliveryWriter(db);
  const saveCall = createCallWriter(db);
  const saveDefinition = createDefinitionWriter(db);
  const saveHits = createRuleHitWriter(db);
  return (writes) => {
    for (const write of writes) {
      switch (write.type) {
        case 'connection':
          saveConnection(write.connection);
          break;
        case 'message':
          saveMessage(write.message);
          break;
        case 'call':
          saveCall(write.call);
          if (write.call.toolUseId !== null) deliveries.claim(write.call.toolUseId);
          break;
        case 'delivery':
          deliveries.save(write.delivery);
          break;
        case 'definition':
          saveDefinition(write.definition);
          break;
        case 'hits':
          saveHits(write.hits);
      }
    }
  };
}

/** What is known stays known: a recorder that was started again after a crash knows less of a connection than is stored. */
function createConnectionWriter(db: Database): (connection: McpConnection) => void {
  const save = db.prepare(`
    INSERT INTO mcp_servers (
      id, run, session_id, name, scope, transport, target, era, protocol, client_name, client_version, server_name,
      server_version, started_at, ready_at, ended_at, exit, lost, synthetic
    ) VALUES (
      @id, (SELECT n FROM runs WHERE id = @runId), @sessionId, @name, @scope, @transport, @target, @era, @protocol, @clientName,
      @clientVersion, @serverName, @serverVersion, @startedAt, @readyAt, @endedAt, @exit, @lost,
      @synthetic
    ) ON CONFLICT (id) DO UPDATE SET
      name = excluded.name, transport = excluded.transport, target = excluded.target, ${known(
        'session_id',
        'scope',
        'era',
        'protocol',
        'client_name',
        'client_version',
        'server_name',
        'server_version',
        'ready_at',
        'ended_at',
        'exit',
      )},
      started_at = min(started_at, excluded.started_at), lost = max(lost, excluded.lost),
      synthetic = max(synthetic, excluded.synthetic)`);
  return ({ client, server, synthetic, ...plain }) => {
    save.run({
      ...plain,
      synthetic: Number(synthetic),
      clientName: client?.name ?? null,
      clientVersion: client?.version ?? null,
      serverName: server?.name ?? null,
      serverVersion: server?.version ?? null,
    });
  };
}

/**
 * A recorder that was started again does not know to which request an answer belongs, if that was acknowledged before.
 * @throws when its connection is not stored
 */
function createMessageWriter(db: Database, content: ContentWriter): (message: McpMessage) => void {
  const save = db.prepare(`
    INSERT INTO mcp_messages (
      id, connection, exchange, sender, kind, rpc_id, method, name, at, size, content, original, truncated, redacted, synthetic,
      altered, dropped
    ) VALUES (
      @id, (SELECT n FROM mcp_servers WHERE id = @connectionId), @exchange, @sender, @kind, @rpcId, @method, @name, @at, @size,
      @content, @original, @truncated, @redacted, @synthetic, @altered, @dropped
    ) ON CONFLICT (id) DO UPDATE SET
      connection = excluded.connection, exchange = excluded.exchange, sender = excluded.sender, kind = excluded.kind,
      rpc_id = excluded.rpc_id, ${known('method', 'name')}, at = excluded.at, size = excluded.size,
      content = excluded.content, original = excluded.original, truncated = excluded.truncated, redacted = excluded.redacted,
      synthetic = excluded.synthetic, altered = excluded.altered, dropped = excluded.dropped`);
  return ({ bytes, original, truncated, redacted, synthetic, altered, dropped, ...plain }) => {
    save.run({
      ...plain,
      content: content.slice(bytes),
      original: original === null ? null : content.slice(original),
      truncated: Number(truncated),
      redacted: Number(redacted),
      synthetic: Number(synthetic),
      altered: Number(altered),
      dropped: Number(dropped),
    });
  };
}

/** What is known stays known also of a call: its answer is not sent again once it was stored. */
function createCallWriter(db: Database): (call: McpCall) => void {
  const log = createChangeLog(db);
  const stateOf = db
    .prepare<[string], string>('SELECT state FROM mcp_calls WHERE request = (SELECT n FROM mcp_messages WHERE id = ?)')
    .pluck();
  const save = db.prepare(`
    INSERT INTO mcp_calls (
      request, connection, session_id, method, name, tool_use_id, answer, sent_at, first_progress_at, answered_at, state,
      result_bytes, tokens_said, altered
    )
    SELECT
      m.n, m.connection, s.session_id, @method, @name, @toolUseId, (SELECT n FROM mcp_messages WHERE id = @answer), @sentAt,
      @firstProgressAt, @answeredAt, @state, @resultBytes, @tokensSaid, @altered
    FROM mcp_messages m JOIN mcp_servers s ON s.n = m.connection WHERE m.id = @request
    ON CONFLICT (request) DO UPDATE SET
      session_id = coalesce(session_id, excluded.session_id), method = excluded.method, name = excluded.name,
      sent_at = excluded.sent_at, state = iif(excluded.state = 'open', state, excluded.state),
      altered = max(altered, excluded.altered),
      ${known('tool_use_id', 'answer', 'first_progress_at', 'answered_at', 'result_bytes', 'tokens_said')}`);
  return ({ tokensSaid, altered, ...call }) => {
    const before = stateOf.get(call.request);
    if (save.run({ ...call, tokensSaid: whole(tokensSaid), altered: Number(altered) }).changes === 0) return;
    if (before === undefined) log('mcp_call.started', call.id);
    if (call.state !== 'open' && call.state !== before) log('mcp_call.ended', call.id);
  };
}

interface EarlyDelivery {
  calledBy: string | null;
  carriedBy: string | null;
  form: McpDelivery['form'];
  bytesGot: number;
  tokensGot: number | null;
  isError: number;
}

interface DeliveryWriter {
  save(delivery: McpDelivery): void;
  /** Call it when the call with this tool use id has been stored: it gets what was delivered before. */
  claim(toolUseId: string): void;
}

/**
 * A result is in the context from the first API request that carried it, so a later one changes nothing. A tool use that was
 * sent twice, after a server had lost its session, was answered by the last call.
 */
function createDeliveryWriter(db: Database): DeliveryWriter {
  const findCall = db
    .prepare<[string], number>('SELECT request FROM mcp_calls WHERE tool_use_id = ? ORDER BY request DESC LIMIT 1')
    .pluck();
  const requestOf = '(SELECT n FROM captured_requests WHERE id = @carriedBy)';
  const update = db.prepare(`
    UPDATE mcp_calls SET
      called_by = (SELECT n FROM captured_requests WHERE id = @calledBy), carried_by = ${requestOf}, form = @form,
      bytes_got = @bytesGot, tokens_got = @tokensGot, is_error = @isError,
      session_id = coalesce((
        SELECT s.id FROM captured_requests r JOIN sessions s ON s.n = r.session WHERE r.id = @carriedBy
      ), session_id)
    WHERE request = @call AND (carried_by IS NULL OR carried_by >= ${requestOf})`);
  const isDelivered = db
    .prepare<[number], number>('SELECT 1 FROM mcp_calls WHERE request = ? AND form IS NOT NULL')
    .pluck();
  const idOf = db.prepare<[number], string>('SELECT id FROM mcp_messages WHERE n = ?').pluck();
  const log = createChangeLog(db);
  const nameSession = db.prepare<[{ call: number }]>(`
    UPDATE mcp_servers SET session_id = c.session_id FROM mcp_calls c
    WHERE c.request = @call AND mcp_servers.n = c.connection AND mcp_servers.session_id IS NULL`);
  // Without its API request a delivery says nothing that could be shown.
  const keep = db.prepare(`
    INSERT INTO mcp_deliveries (tool_use_id, called_by, carried_by, form, bytes_got, tokens_got, is_error)
    SELECT @toolUseId, @calledBy, n, @form, @bytesGot, @tokensGot, @isError FROM captured_requests WHERE id = @carriedBy
    ON CONFLICT (tool_use_id) DO UPDATE SET
      called_by = excluded.called_by, carried_by = excluded.carried_by, form = excluded.form, bytes_got = excluded.bytes_got,
      tokens_got = excluded.tokens_got, is_error = excluded.is_error
    WHERE carried_by >= excluded.carried_by`);
  const take = db.prepare<[string], EarlyDelivery>(`
    DELETE FROM mcp_deliveries WHERE tool_use_id = ?
    RETURNING called_by AS calledBy, (SELECT id FROM captured_requests WHERE n = carried_by) AS carriedBy, form,
      bytes_got AS bytesGot, tokens_got AS tokensGot, is_error AS isError`);

  function deliver(call: number, delivery: EarlyDelivery): void {
    const isFirst = isDelivered.get(call) === undefined;
    const { changes } = update.run({ ...delivery, call });
    nameSession.run({ call });
    if (isFirst && changes > 0) log('mcp_call.delivered', callId(idOf.get(call)));
  }

  return {
    save({ toolUseId, calledBy, carriedBy, form, bytesGot, tokensGot, isError }) {
      const delivery: EarlyDelivery = {
        calledBy: calledBy === null ? null : requestId(calledBy),
        carriedBy: requestId(carriedBy),
        form,
        bytesGot,
        tokensGot: whole(tokensGot),
        isError: Number(isError),
      };
      const call = findCall.get(toolUseId);
      if (call === undefined) keep.run({ ...delivery, toolUseId });
      else deliver(call, delivery);
    },
    claim(toolUseId) {
      const early = take.get(toolUseId);
      const call = early && findCall.get(toolUseId);
      if (early !== undefined && call !== undefined) deliver(call, early);
    },
  };
}

/** What reached the model of a definition stays known while the server says the same. */
function createDefinitionWriter(db: Database): (definition: McpDefinition) => void {
  const save = db.prepare(`
    INSERT INTO mcp_definitions (connection, kind, name, hash, bytes_said, bytes_got)
    SELECT n, @kind, @name, unhex(@hash), @bytesSaid, @bytesGot FROM mcp_servers WHERE id = @connectionId
    ON CONFLICT (connection, kind, name) DO UPDATE SET
      bytes_got = coalesce(excluded.bytes_got, iif(hash = excluded.hash, bytes_got, NULL)), hash = excluded.hash,
      bytes_said = excluded.bytes_said`);
  return (definition) => {
    save.run(definition);
  };
}

/** Assignments of an upsert that never replace a value by null. */
function known(...columns: string[]): string {
  return columns.map((column) => `${column} = coalesce(excluded.${column}, ${column})`).join(', ');
}

/** Estimates may have fractions, and columns of tokens have none. */
function whole(tokens: number | null): number | null {
  return tokens === null ? null : Math.round(tokens);
}

/** Ends what a run that is over has left open. A connection ended at its last message, as far as that is known. */
export function createMcpInterruption(db: Database): (run: number) => void {
  const calls = db
    .prepare<[number], string>(`
      UPDATE mcp_calls SET state = 'interrupted'
      WHERE state = 'open' AND connection IN (SELECT n FROM mcp_servers WHERE run = ?)
      RETURNING (SELECT id FROM mcp_messages WHERE n = request)`)
    .pluck();
  const log = createChangeLog(db);
  const connections = db.prepare<[number]>(`
    UPDATE mcp_servers SET
      ended_at = coalesce((SELECT max(at) FROM mcp_messages WHERE connection = mcp_servers.n), ready_at, started_at),
      exit = iif(transport = 'stdio', 'interrupted', NULL)
    WHERE run = ? AND ended_at IS NULL`);
  return (run) => {
    for (const id of calls.all(run)) log('mcp_call.ended', callId(id));
    connections.run(run);
  };
}

/** A call has the ULID of its request message. */
function callId(messageId = ''): string {
  return messageId.replace('mcpm_', 'mcpc_');
}
