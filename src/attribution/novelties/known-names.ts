import type { NoveltyKind } from '../../model/novelty.js';

/**
 * Names that Claude Code 2.0.0 to 2.1.332 and the API use, as seen on the wire, in Claude Code's program, and in the documentation of the
 * API. All other names are new.
 */
export const KNOWN_NAMES: Readonly<Record<Exclude<NoveltyKind, 'text'>, ReadonlySet<string>>> = {
  header: words(`
    accept accept-encoding accept-language authorization connection content-encoding content-length content-type cookie expect host
    keep-alive priority proxy-authorization proxy-connection sec-fetch-mode te transfer-encoding user-agent x-api-key
    baggage traceparent tracestate x-client-request-id idempotency-key

    anthropic-beta anthropic-cache-keepalive anthropic-client-capabilities anthropic-client-content-width anthropic-client-feature
    anthropic-client-os anthropic-client-platform anthropic-client-request-reason anthropic-client-version
    anthropic-dangerous-direct-browser-access anthropic-dispatch-id anthropic-organization-id anthropic-thinking-prefix-mismatch
    anthropic-use-case-id anthropic-user-profile-id anthropic-version anthropic-worker-id anthropic-workspace-id

    x-anthropic-additional-protection x-anthropic-billing-header x-anthropic-client x-app x-app-name x-app-ver

    x-cc-atis x-cc-atis-current x-cc-compaction-request x-cc-context-compacted x-cc-fallback-category x-cc-fallback-from-model
    x-cc-fallback-latched-by x-cc-fallback-trigger x-cc-gateway-version x-cc-internal-mid-conv-cache-promotion
    x-cc-internal-tool-provenance-server-url x-cc-original-request-id x-cc-tender-quilt x-ccr-affinity-key x-ccr-turn-id

    x-claude-1p-request-class x-claude-code-agent-id x-claude-code-agent-type x-claude-code-auxiliary-type x-claude-code-compaction
    x-claude-code-context-compacted x-claude-code-hook-deny x-claude-code-ide-authorization x-claude-code-parent-agent-id
    x-claude-code-prev-tool-durations x-claude-code-prompt-id x-claude-code-request-class x-claude-code-route-final-answer
    x-claude-code-sandy-plover x-claude-code-session-id x-claude-code-signature x-claude-code-wiggly-dove
    x-claude-remote-container-id x-claude-remote-session-id x-claude-remote-session-origin

    x-stainless-arch x-stainless-helper x-stainless-helper-method x-stainless-lang x-stainless-os x-stainless-package-version
    x-stainless-poll-helper x-stainless-retry-count x-stainless-runtime x-stainless-runtime-version x-stainless-timeout
  `),

  beta: words(`
    advanced-tool-use-2025-11-20 advisor-tool-2026-03-01 afk-mode-2026-01-31 agent-memory-2026-07-22
    auto-mode-classifier-2026-07-16 bedrock-2023-05-31 cache-diagnosis-2026-04-07 cache-keepalive-2026-09-03
    ccr-byoc-2025-07-29 ccr-triggers-2026-01-30 claude-code-20250219 claude-code-side-query-2026-09-29
    code-execution-2025-05-22 code-execution-2025-08-25 compact-2026-01-12 computer-use-2024-10-22 computer-use-2025-01-24
    computer-use-2025-11-24 context-1m-2025-08-07 context-hint-2026-04-09 context-management-2025-06-27
    dangerous-tool-use-2026-09-03 dev-full-thinking-2025-05-14 dreaming-2026-04-21 effort-2025-11-24 environments-2025-11-01
    extended-cache-ttl-2025-04-11 fallback-credit-2026-06-01 fast-mode-2026-02-01 files-api-2025-04-14
    fine-grained-tool-streaming-2025-05-14 inline-tools-2026-09-15 interleaved-thinking-2025-05-14 managed-agents-2026-04-01
    max-tokens-3-5-sonnet-2024-07-15 mcp-client-2025-04-04 mcp-client-2025-11-20 mcp-servers-2025-12-04 mcp-tunnels-2026-06-22
    message-batches-2024-09-24 message-threads-2026-08-12 mid-conversation-system-2026-04-07
    mid-conversation-system-clear-at-2026-08-21 mid-conversation-tool-changes-2026-07-01 model-context-window-exceeded-2025-08-26
    oauth-2025-04-20 oidc-federation-2026-04-01 output-128k-2025-02-19 pdfs-2024-09-25 per-turn-control-2026-07-01
    program-use-case-ids-2026-09-17 prompt-caching-2024-07-31 prompt-caching-evict-2026-05-12 prompt-caching-scope-2026-01-05
    redact-thinking-2026-02-12 request-tags-2026-08-21 resumption-2026-10-08 server-side-fallback-2026-06-01
    server-side-fallback-2026-07-01 skills-2025-10-02 structured-outputs-2025-09-17 structured-outputs-2025-11-13
    structured-outputs-2025-12-15 subagent-review-2026-11-17 summarize-connector-text-2026-03-13 task-budgets-2026-03-13
    thinking-binding-controls-2026-08-01 thinking-display-updates-2026-08-18 thinking-resumption-2026-07-17
    thinking-token-count-2026-05-13 timing-2026-09-09 tmp-preserve-thinking-2025-10-01 token-counting-2024-11-01
    token-efficient-tools-2025-02-19 tool-examples-2025-10-29 tool-provenance-2026-10-26 tool-search-tool-2025-10-19
    user-profiles-2026-03-24 user-profiles-2026-08-18 vertex-2023-10-16 web-fetch-2025-09-10 web-search-2025-03-05
    web-search-results-only-2026-11-15
  `),

  /** https://platform.claude.com/docs/en/api/messages, and fields of the beta flags above. */
  field: words(`
    anthropic_beta anthropic_version betas cache_control container context_hint context_management diagnostics fallbacks
    inference_geo max_tokens mcp_servers messages metadata model output_config output_format safeguards service_tier speed
    stop_sequences stream system temperature thinking tool_choice tools top_k top_p user_profile_id
  `),

  role: words('assistant system user'),

  block: words(`
    advisor_tool_result bash_code_execution_tool_result code_execution_tool_result compaction container_upload document fallback
    image mcp_tool_result mcp_tool_use redacted_thinking search_result server_tool_use text
    text_editor_code_execution_tool_result thinking tool_reference tool_result tool_search_tool_result tool_use
    web_fetch_tool_result web_search_tool_result
  `),

  tool: words(`
    advisor_20260301 bash_20250124 code_execution_20250522 code_execution_20250825 computer_20241022 computer_20250124
    computer_20251124 custom mcp_toolset memory_20250818 text_editor_20250124 text_editor_20250429 text_editor_20250728
    tool_search_tool_bm25_20251119 tool_search_tool_regex_20251119 web_fetch_20250910 web_search_20250305
  `),

  delta: words('citations_delta compaction_delta input_json_delta signature_delta text_delta thinking_delta'),

  event: words(`
    content_block_delta content_block_start content_block_stop error message_delta message_start message_stop ping
  `),
};

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
