import type { PriceOverrides } from '../../../attribution/index.js';
import { diffSegments } from '../../../history/diff-segments.js';
import { storedMessage } from '../../../history/message.js';
import { segmentsOf } from '../../../history/segments.js';
import type { RequestDetail } from '../../../model/request.js';
import type { Segment } from '../../../model/segment.js';
import type { Reader } from '../../../store/index.js';
import type { Block } from '../lines/document.js';
import { diffBlocks, noDiffBlocks } from '../lines/request/diff.js';
import { headerBlocks } from '../lines/request/headers.js';
import { overviewBlocks } from '../lines/request/overview.js';
import { responseBlocks } from '../lines/request/response.js';
import { onlyBlock, segmentBlocks } from '../lines/request/segments.js';
import { timeBlocks } from '../lines/request/times.js';
import { sourceNodes } from '../lines/source-nodes.js';
import type { Section, SegmentFilter } from '../state/state.js';
import { previousOf } from './read-selected.js';

export interface SectionText {
  blocks: Block[];
  /** The answer is stored, so nothing will be added. */
  isWhole: boolean;
}

/** A section of a request. Overview, segments and diff are slow, as they attribute the request again. @throws StoreError */
export function readSection(reader: Reader, id: string, asked: AskedSection): SectionText {
  const request = reader.request(id);
  return { blocks: blocksOf(reader, request, asked), isWhole: request.response !== null };
}

export interface AskedSection {
  section: Section;
  /** Only these segments; null for all. */
  only: SegmentFilter | null;
  prices: PriceOverrides;
}

function blocksOf(reader: Reader, request: RequestDetail, { section, only, prices }: AskedSection): Block[] {
  switch (section) {
    case 'overview':
      return readOverview(reader, request, prices);
    case 'segments': {
      const segments = segmentsOf(reader, request, prices);
      if (only === null) return segmentBlocks(request, segments);
      const chosen = segments.filter(({ segment }) => isOf(segment, only));
      return [onlyBlock(only, chosen), ...segmentBlocks(request, chosen)];
    }
    case 'response':
      return responseBlocks(request, messageOf(reader, request));
    case 'diff':
      return readDiff(reader, request, prices);
    case 'headers':
      return headerBlocks(request);
    case 'times':
      return timeBlocks(request);
  }
}

function readOverview(reader: Reader, request: RequestDetail, prices: PriceOverrides): Block[] {
  const previous = previousOf(reader, request);
  const changes = previous === null ? [] : changesSince(reader, previous, request, prices);
  const { sessionId } = request;
  const funnels = sessionId === null ? new Map() : reader.funnels({ sessionId });
  const nodes = sourceNodes(request, { shares: reader.shares(request.id), funnels });
  return overviewBlocks(request, previous, changes, nodes);
}

function isOf({ source, part }: Segment, only: SegmentFilter): boolean {
  return source === only.source && (only.part === null || part === only.part);
}

function messageOf(reader: Reader, { id, response }: RequestDetail) {
  const bytes = reader.responseBody(id);
  return bytes && response && storedMessage(bytes, response.headers, response.body.redacted);
}

function readDiff(reader: Reader, request: RequestDetail, prices: PriceOverrides): Block[] {
  const previous = previousOf(reader, request);
  return previous === null
    ? noDiffBlocks(request)
    : diffBlocks(request, changesSince(reader, previous, request, prices));
}

function changesSince(reader: Reader, previous: RequestDetail, request: RequestDetail, prices: PriceOverrides) {
  return diffSegments(segmentsOf(reader, previous, prices), segmentsOf(reader, request, prices));
}
