-- A database as the code that ended with migration 0004 left it (sqlite3 trace.db .dump), and what .dump leaves out.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1129607779;
PRAGMA user_version = 4;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at REAL NOT NULL) WITHOUT ROWID;
INSERT INTO migrations VALUES('0001-content',1795276942327.0);
INSERT INTO migrations VALUES('0002-captures',1795276942333.0);
INSERT INTO migrations VALUES('0003-sources',1795276942338.0);
INSERT INTO migrations VALUES('0004-views',1795276942339.0);
CREATE TABLE metadata (
        key TEXT PRIMARY KEY,
        value ANY NOT NULL
      ) STRICT, WITHOUT ROWID;
INSERT INTO metadata VALUES('content_generation',0);
CREATE TABLE slices (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,      -- first 16 bytes of the SHA-256 of the content
        encoding INTEGER NOT NULL,      -- 0: as it is, 1: raw deflate
        size INTEGER NOT NULL,          -- of the content, in bytes
        bytes BLOB NOT NULL
      ) STRICT;
INSERT INTO slices VALUES(1,X'8099e5bcda1880fff14164e1445096f3',1,90,X'15ca390e80201000c0bf6c0d1113117bbf604728904331b0a062a2bede38f5480963c6eab0d2e9290e08e8526230ba868ccd7666044524dcd4c4f0a7c3ed973b2b0d1608b03689d72e33e3ddbb26ec0f835e78ae87044a7d');
INSERT INTO slices VALUES(2,X'1e4cb910bd6e78455f709b808cda768f',0,35,X'7b226d6f64656c223a22636c617564652d74657374222c226d65737361676573223a5b');
INSERT INTO slices VALUES(3,X'2e82a0e7f7d4992699cc34d00fd04c66',1,99,X'ab562acacf4955b2522a2d4e2d52d2514acecf2b49cd2b51b28aae562aa92c00c994a4569428e940282ba5f08cc4128594fcd46285928ccc628582a2fcacd4649088bd827bd1e16d87e7a7ea283c5db2fc7163efe3c6a97a4ab5b1b500');
INSERT INTO slices VALUES(4,X'764239fc906b5f32111a9aecb9f8911b',0,12,X'5d2c2273797374656d223a5b');
INSERT INTO slices VALUES(5,X'e9c970a889698f6acd059f8d26a16109',1,382,X'ab562aa92c4855b2522a49ad2851d28150564a91f9a50a8945a90a890a25a9c5257a0aa37cd2f84a3a4ac989c919a9f1c9f9792545f9394a56d5b0804e2dc848cd4d2d4acc51aaad0500');
INSERT INTO slices VALUES(6,X'00e6fe3fb1f3b8a4487e61a33ff79231',0,11,X'5d2c22746f6f6c73223a5b');
INSERT INTO slices VALUES(7,X'c84114c27c56677ade2fd0bb666cb457',1,258,X'd5cfcd0980300c06d055e43b8b037400d708fd8918b16969eaa188bb8b63787cc777437d6638e458898c1bab27da44136624b6d8a476290a875534d964238772da32fd8298215aaf4e1677ce1eee461ff5fb967070ec789e17');
INSERT INTO slices VALUES(8,X'ad1357d9dd16e3a37f553ff8d70bac53',0,16,X'5d2c2273747265616d223a747275657d');
INSERT INTO slices VALUES(9,X'e618242ca5401959207597f11174b8af',0,38,X'5b5b22636f6e74656e742d74797065222c22746578742f6576656e742d73747265616d225d5d');
INSERT INTO slices VALUES(10,X'4ce9bad45019679d455a898dcacf791d',0,40,X'7b226b6e6f776e53657276657273223a5b22736572656e61225d2c226167656e74223a6e756c6c7d');
INSERT INTO slices VALUES(11,X'5f1ea6dab6986279f7a5768b3f7e8e89',0,60,X'6576656e743a206d6573736167655f73746172740a646174613a207b227475726e223a307d0a0a6576656e743a206d6573736167655f73746f700a0a');
INSERT INTO slices VALUES(12,X'5b410fa2ef077c57d9b5bff384e006f5',1,90,X'15ca4b0a80201400c0bbbcb5924160fbaed04e5cf8798456fec3eaf4d1ac4708586268181a5d9f844040a57438a39a8b61f035069044c04dcde1fe54305f581b751608b0f1e4afdd34f358e6ccb7bd17ddb9d26502293f');
INSERT INTO slices VALUES(13,X'2d895cff5d4575caf09b03dd1ead30df',1,67,X'ab562acacf4955b2524a2c2ece2c2e49cc2b51d2514acecf2b49cd2b51b28aae562aa92c004997a4568064c0949592635e71796a9182819e526d6c2d00');
INSERT INTO slices VALUES(14,X'270ac7e111101309b58127daf2039606',1,64,X'ab562acacf4955b2522a2d4e2d52d2514acecf2b49cd2b51b28aae562aa92c00c994a4569428e940282b25c7bc1485928cd43c7b0503a5dad85a00');
INSERT INTO slices VALUES(15,X'fe984d12533bd0a134290ee893d2c52a',0,60,X'6576656e743a206d6573736167655f73746172740a646174613a207b227475726e223a317d0a0a6576656e743a206d6573736167655f73746f700a0a');
INSERT INTO slices VALUES(16,X'a23efe3150f7fe960ca8f58701e4a8e7',1,90,X'15cac90d80201000c05ef60d110d8905d8823fc24381105096433cb07ae3bc47089822568395ce2d1920b0a4b43bb55417b1f347449044c043d5eefe544c3ecd51a9d34080f5617cb55dd9a6b79078e0f6ba31fbd20690f203');
INSERT INTO slices VALUES(17,X'd4c417b6fbbd05131f5b0830b363ea95',1,67,X'ab562acacf4955b2524a2c2ece2c2e49cc2b51d2514acecf2b49cd2b51b28aae562aa92c004997a4568064c0949592635e71796a9182a19e526d6c2d00');
INSERT INTO slices VALUES(18,X'1307d2e3f5c9f2012202df0a2b2e0b21',1,64,X'ab562acacf4955b2522a2d4e2d52d2514acecf2b49cd2b51b28aae562aa92c00c994a4569428e940282b25c7bc1485928cd43c7b0543a5dad85a00');
INSERT INTO slices VALUES(19,X'd9a4acbee5d8310765caca47ced9e250',0,60,X'6576656e743a206d6573736167655f73746172740a646174613a207b227475726e223a327d0a0a6576656e743a206d6573736167655f73746f700a0a');
INSERT INTO slices VALUES(20,X'3ffc90bba9b4eb74676b787859d95c21',1,90,X'15ca390e80201000c0bf6c0d112b63ed17ec0805c84621c821ab015f6f9c7aa4842545c2487ced198181ce39b84d934b71f03545504c42e35b707fbab0dc58893b0b0cc4784eafdd8da0dac91c0527afad69333da0d407');
INSERT INTO slices VALUES(21,X'89c103e9e4fa1e5dffa6f7e10761b381',1,67,X'ab562acacf4955b2524a2c2ece2c2e49cc2b51d2514acecf2b49cd2b51b28aae562aa92c004997a4568064c0949592635e71796a9182919e526d6c2d00');
INSERT INTO slices VALUES(22,X'c523c18cf7b62d27eeccaabeb99af68a',1,64,X'ab562acacf4955b2522a2d4e2d52d2514acecf2b49cd2b51b28aae562aa92c00c994a4569428e940282b25c7bc1485928cd43c7b0523a5dad85a00');
INSERT INTO slices VALUES(23,X'a1de2db0f43371476eb1ef91518ee6e2',0,60,X'6576656e743a206d6573736167655f73746172740a646174613a207b227475726e223a337d0a0a6576656e743a206d6573736167655f73746f700a0a');
INSERT INTO slices VALUES(24,X'17fa997f1f94fdeefda3be195939fd34',1,90,X'15ca310e80200c00c0bf74868893ec7ec18d3020108342298aa2bede78f3290563c6eab1f2e9210f0c0c510cd6d490b15b8f8ca099829bdb18feb4fb72faa3f2e08081e8d3f0ba65164d1683f3d668bf0c259416b4fe00');
INSERT INTO slices VALUES(25,X'182b6f17f69e692cb76fcee8d1d577da',1,67,X'ab562acacf4955b2524a2c2ece2c2e49cc2b51d2514acecf2b49cd2b51b28aae562aa92c004997a4568064c0949592635e71796a9182b19e526d6c2d00');
INSERT INTO slices VALUES(26,X'caf66d8afba3d245be4d1839b4d4ff49',1,64,X'ab562acacf4955b2522a2d4e2d52d2514acecf2b49cd2b51b28aae562aa92c00c994a4569428e940282b25c7bc1485928cd43c7b0563a5dad85a00');
INSERT INTO slices VALUES(27,X'fe3ae65104c46a2e3a8fd267b19ae66b',1,75,X'ab562aa92c4855b2524a2d2aca2f52d281d256d530f1fcb2d4a29cfcc494d494789892dcd4e2e2c47490a43f5c52a9b61600');
INSERT INTO slices VALUES(28,X'0f487857239ce384524e8d0625f66cf0',1,90,X'15ca310e80200c00c0bf7486889371f60b6e8401a11a0842114c80d71b6f3e29614bb162ac7cef84c0401305677475294ebea4088a4968dc04f7a707f38ba57267818198ef65d8eb10cdaf39d361ce8eba97613d28f501');
INSERT INTO slices VALUES(29,X'd4ceb64b148fd5faf90ce2e4d4e5db09',0,14,X'7b226d65737361676573223a5b20');
INSERT INTO slices VALUES(30,X'4787646114127a2947ba429fecc90fc7',0,29,X'7b22726f6c65223a2275736572222c22636f6e74656e74223a2278227d');
INSERT INTO slices VALUES(31,X'59494232bc9e27a64898119525a458b0',0,9,X'202c7b2261223a317d');
INSERT INTO slices VALUES(32,X'95ce9902c1c1a114c717088295c2e228',0,2,X'5d7d');
INSERT INTO slices VALUES(33,X'fcb2a4ef57a5298d54193e184873cad1',1,65,X'8b8e564acecf2b49cd2bd12da92c4855d2514a2c28c8c94c4e2cc9cccfd3cf2acecf538ad541a849cd4bce4fc9cc4b57d2514aafca2c508a8d0500');
INSERT INTO slices VALUES(34,X'192208a0ee0e6fa724d45a6f13a07b13',0,22,X'1f8b080000000000000aabae050043bfa6a302000000');
INSERT INTO slices VALUES(35,X'15a1cf28712b3106af3716377f1e94b6',1,90,X'15ca490a80201400d0bbfcb59241c301ba423b7191036238953f524f1fbdf5e31cb614d144a47bcb06081c397ba70e74290e67491104e150a9f2ee4fb7b91e53903a0d04d818d6aead648dbd765e58eb13ca925ba820c407');
INSERT INTO slices VALUES(36,X'f4ce0c0be19b4e48ce7866a99e7b2d52',0,32,X'7b226d65737361676573223a5b7b22726f6c65223a2275736572222c22636f6e');
INSERT INTO slices VALUES(37,X'363f0a5099713db8030753308e4cec1b',1,90,X'15ca390e80201000c0bf6c0d518989b1f60b7684420e15820bea7abede38f548095d427248bc7fb2030643ced19b817cc222ec094131093737d1ff6973ebe176e2de0283b25a9ad74eba1297a803bda2c5723cdb67d6a0d407');
INSERT INTO slices VALUES(38,X'3e7813bb469701c7f4fed883c8e63102',0,25,X'7b226b6579223a225b72656461637465643a303132335d227d');
INSERT INTO slices VALUES(39,X'3bcfd87c63fe7e726078576238ba58a2',0,21,X'6576656e743a206d6573736167655f73746f700a0a');
INSERT INTO slices VALUES(40,X'd47ba4a87149ceed8a5ea572380cd1ac',1,90,X'15ca390e80201000c0bf6c0d118989b1f60b7684421115820bea7ae0eb8d538f52d046248bc4bb9c2c30e8530acef4e42216fe88089a2978b809ee4fbbdd4e7b1077233010e55abfe33c94f29695a7573628a6abc98b01ad3f');
INSERT INTO slices VALUES(41,X'ae760f5ba03c31ac30c2aa6768cfedf6',0,30,X'7b22726f6c65223a2275736572222c22636f6e74656e74223a226869227d');
CREATE TABLE chain_links (
        id INTEGER PRIMARY KEY,
        parent INTEGER NOT NULL,        -- the link before; 0 for the first; always a smaller id
        slice INTEGER NOT NULL,
        UNIQUE (parent, slice)
      ) STRICT;
INSERT INTO chain_links VALUES(1,0,2);
INSERT INTO chain_links VALUES(2,0,3);
INSERT INTO chain_links VALUES(3,0,4);
INSERT INTO chain_links VALUES(4,0,5);
INSERT INTO chain_links VALUES(5,0,6);
INSERT INTO chain_links VALUES(6,0,7);
INSERT INTO chain_links VALUES(7,0,8);
INSERT INTO chain_links VALUES(8,0,11);
INSERT INTO chain_links VALUES(9,2,13);
INSERT INTO chain_links VALUES(10,9,14);
INSERT INTO chain_links VALUES(11,0,15);
INSERT INTO chain_links VALUES(12,10,17);
INSERT INTO chain_links VALUES(13,12,18);
INSERT INTO chain_links VALUES(14,0,19);
INSERT INTO chain_links VALUES(15,13,21);
INSERT INTO chain_links VALUES(16,15,22);
INSERT INTO chain_links VALUES(17,0,23);
INSERT INTO chain_links VALUES(18,16,25);
INSERT INTO chain_links VALUES(19,18,26);
INSERT INTO chain_links VALUES(20,0,27);
INSERT INTO chain_links VALUES(21,0,29);
INSERT INTO chain_links VALUES(22,0,30);
INSERT INTO chain_links VALUES(23,22,31);
INSERT INTO chain_links VALUES(24,0,32);
INSERT INTO chain_links VALUES(25,0,34);
INSERT INTO chain_links VALUES(26,0,36);
INSERT INTO chain_links VALUES(27,0,38);
INSERT INTO chain_links VALUES(28,0,39);
INSERT INTO chain_links VALUES(29,0,41);
CREATE TABLE runs (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        pid INTEGER NOT NULL,
        started_at REAL NOT NULL,
        ended_at REAL,                  -- null while running, and after a crash
        command TEXT NOT NULL,          -- name of the program only: arguments can hold prompts and secrets
        cwd TEXT NOT NULL,
        version TEXT NOT NULL           -- of claude-trace
      ) STRICT;
INSERT INTO runs VALUES(1,'run_01m7zdgb04g0cj12h8a5757zjg',4711,1773531599000.0,1773540600000.0,'claude','/project','0.1.0');
CREATE TABLE sessions (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,        -- Claude Code's own
        run INTEGER NOT NULL REFERENCES runs (n),  -- the last one seen in
        first_seen REAL NOT NULL,
        last_seen REAL NOT NULL
      ) STRICT;
INSERT INTO sessions VALUES(1,'f0b1c2d3-0000-4000-8000-000000000001',1,1773531600000.0,1773537000000.0);
INSERT INTO sessions VALUES(2,'f0b1c2d3-0000-4000-8000-000000000002',1,1773533400000.0,1773534000000.0);
CREATE TABLE captured_requests (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        correlation_id TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (n),
        session INTEGER REFERENCES sessions (n),
        agent_id TEXT,
        parent_agent_id TEXT,
        prompt_id TEXT,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,            -- open, complete, failed, aborted, interrupted
        method TEXT NOT NULL,
        url TEXT NOT NULL,
        host TEXT NOT NULL,
        http_version TEXT NOT NULL,
        model TEXT,
        streaming INTEGER NOT NULL,
        degraded TEXT,
        headers INTEGER NOT NULL,       -- slice: JSON [[name, value], …]
        initiated REAL NOT NULL,
        received REAL,
        forwarded REAL
      ) STRICT;
INSERT INTO captured_requests VALUES(1,'req_01m7zdgb054zhmn6rcnf7f5a8m','01m7zdgb054zhmn6rcnf7f5a8m',1,1,NULL,NULL,NULL,'messages','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,1,1773531600000.0,1773531600001.0,1773531600002.0);
INSERT INTO captured_requests VALUES(2,'req_01m7zdgb0jer8q7gkwrbw7abr4','01m7zdgb0jer8q7gkwrbw7abr4',1,1,NULL,NULL,NULL,'messages','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,12,1773532200000.0,1773532200001.0,1773532200002.0);
INSERT INTO captured_requests VALUES(3,'req_01m7zdgb0kdkmp4m4gvwnqjry2','01m7zdgb0kdkmp4m4gvwnqjry2',1,1,NULL,NULL,NULL,'messages','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,16,1773532800000.0,1773532800001.0,1773532800002.0);
INSERT INTO captured_requests VALUES(4,'req_01m7zdgb0tsytbhqe7jadbx9tv','01m7zdgb0tsytbhqe7jadbx9tv',1,2,NULL,NULL,NULL,'messages','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,20,1773533400000.0,1773533400001.0,1773533400002.0);
INSERT INTO captured_requests VALUES(5,'req_01m7zdgb0w8qanbkwprvapmn8c','01m7zdgb0w8qanbkwprvapmn8c',1,2,NULL,NULL,NULL,'messages','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,24,1773534000000.0,1773534000001.0,1773534000002.0);
INSERT INTO captured_requests VALUES(6,'req_01m7zdgb0xj9qqpbcfyeayszdj','01m7zdgb0xj9qqpbcfyeayszdj',1,NULL,NULL,NULL,NULL,'count_tokens','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,28,1773535200000.0,1773535200001.0,1773535200002.0);
INSERT INTO captured_requests VALUES(7,'req_01m7zdgb0y0wg560yz4tbspymx','01m7zdgb0y0wg560yz4tbspymx',1,1,NULL,NULL,NULL,'messages','aborted','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,35,1773535800000.0,1773535800001.0,1773535800002.0);
INSERT INTO captured_requests VALUES(8,'req_01m7zdgb12w24jtz29n0fv9yhb','01m7zdgb12w24jtz29n0fv9yhb',1,1,NULL,NULL,NULL,'other','complete','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,37,1773536400000.0,1773536400001.0,1773536400002.0);
INSERT INTO captured_requests VALUES(9,'req_01m7zdgb12w24jtz29n0fv9yhc','01m7zdgb12w24jtz29n0fv9yhc',1,1,NULL,NULL,NULL,'messages','interrupted','POST','https://api.anthropic.com/v1/messages?beta=true','api.anthropic.com','1.1','claude-test',1,NULL,40,1773537000000.0,1773537000001.0,NULL);
CREATE TABLE captured_responses (
        request INTEGER PRIMARY KEY REFERENCES captured_requests (n) ON DELETE CASCADE,
        id TEXT NOT NULL,
        status INTEGER,
        reason TEXT,
        error TEXT,
        degraded TEXT,
        headers INTEGER NOT NULL,       -- slice: JSON [[name, value], …]
        first_byte REAL,
        response_end REAL,
        delivered REAL,
        ttft_ms REAL,
        latency_ms REAL NOT NULL,
        proxy_overhead_ms REAL,
        billed INTEGER NOT NULL,        -- 1: token figures are the API's, 0: input_tokens is an estimate
        input_tokens INTEGER,           -- billed: uncached + cache_read + cache_write_5m + cache_write_1h
        uncached INTEGER,
        cache_read INTEGER,
        cache_write_5m INTEGER,
        cache_write_1h INTEGER,
        output_tokens INTEGER,
        web_searches INTEGER,
        input_cost_usd REAL,
        output_cost_usd REAL,
        cost_usd REAL AS (
          CASE WHEN coalesce(input_cost_usd, output_cost_usd) IS NOT NULL
          THEN coalesce(input_cost_usd, 0) + coalesce(output_cost_usd, 0) END
        ) VIRTUAL,
        attribution_version INTEGER,    -- null: not attributed
        thread INTEGER                  -- slice: JSON, what attribution was told beyond the body
      ) STRICT;
INSERT INTO captured_responses VALUES(1,'resp_01m7zdgb054zhmn6rcnf7f5a8m',200,'OK',NULL,NULL,9,1773531600300.0,1773531600900.5,1773531600901.0,310.24999999999999999,901.0,0.75,1,1000,10,900,60,30,42,0,0.00069999999999999999288,0.0005000000000000000104,1,10);
INSERT INTO captured_responses VALUES(2,'resp_01m7zdgb0jer8q7gkwrbw7abr4',200,'OK',NULL,NULL,9,1773532200300.0,1773532200900.4999999,1773532200901.0,310.24999999999999999,901.0,0.75,1,1000,10,900,60,30,42,0,0.0010009999999999999367,0.0005000000000000000104,1,10);
INSERT INTO captured_responses VALUES(3,'resp_01m7zdgb0kdkmp4m4gvwnqjry2',200,'OK',NULL,NULL,9,1773532800300.0,1773532800900.4999999,1773532800901.0,310.24999999999999999,901.0,0.75,1,1000,10,900,60,30,42,0,0.00074200000000000003799,0.0005000000000000000104,1,10);
INSERT INTO captured_responses VALUES(4,'resp_01m7zdgb0tsytbhqe7jadbx9tv',200,'OK',NULL,NULL,9,1773533400300.0,1773533400900.4999999,1773533400901.0,310.24999999999999999,901.0,0.75,1,1000,10,900,60,30,42,0,0.0010029999999999999853,0.0005000000000000000104,1,10);
INSERT INTO captured_responses VALUES(5,'resp_01m7zdgb0w8qanbkwprvapmn8c',529,'OK',NULL,NULL,9,1773534000300.0,1773534000900.4999999,1773534000901.0,310.24999999999999999,901.0,0.75,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO captured_responses VALUES(6,'resp_01m7zdgb0xj9qqpbcfyeayszdj',200,'OK',NULL,NULL,33,1773535200300.0,1773535200900.5,1773535200901.0,310.24999999999999999,901.0,0.75,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO captured_responses VALUES(7,'resp_01m7zdgb0y0wg560yz4tbspymx',NULL,NULL,'the client went away',NULL,9,1773535800300.0,1773535800900.5,1773535800901.0,310.24999999999999999,901.0,0.75,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO captured_responses VALUES(8,'resp_01m7zdgb12w24jtz29n0fv9yhb',200,'OK',NULL,NULL,9,1773536400300.0,1773536400900.5,1773536400901.0,310.24999999999999999,901.0,0.75,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE captured_bodies (
        request INTEGER NOT NULL REFERENCES captured_requests (n) ON DELETE CASCADE,
        side INTEGER NOT NULL,          -- 0: of the request, 1: of the response
        size INTEGER NOT NULL,          -- on the wire
        sha256 BLOB,                    -- on the wire; null when truncated
        stored_sha256 BLOB,             -- of what is stored, where that is not what was on the wire
        truncated INTEGER NOT NULL,
        redacted INTEGER NOT NULL,
        links TEXT NOT NULL,            -- JSON [chain link, …]: the last links of the chains that make the body
        PRIMARY KEY (request, side)
      ) STRICT, WITHOUT ROWID;
INSERT INTO captured_bodies VALUES(1,0,813,X'1a3cc88361cc955af61ec0a28296cfb93b5d3d83d891a4edcced9fbfe994965d',NULL,0,0,'[1,2,3,4,5,6,7]');
INSERT INTO captured_bodies VALUES(1,1,60,X'5f1ea6dab6986279f7a5768b3f7e8e8982170287843774d34f931db75b1a36ae',NULL,0,0,'[8]');
INSERT INTO captured_bodies VALUES(2,0,946,X'3f19e04cdf8c676ae1cb28ba4d0ead1aefe20567363571cbfe019d606aa2c26c',NULL,0,0,'[1,10,3,4,5,6,7]');
INSERT INTO captured_bodies VALUES(2,1,60,X'fe984d12533bd0a134290ee893d2c52a4bc4dd0f67ce2fd045cdd40c0916bffb',NULL,0,0,'[11]');
INSERT INTO captured_bodies VALUES(3,0,1079,X'fb071acbc3bffe2bbb5579a11159d612e69852e6f2bf65f91a4f50aeaa2b7275',NULL,0,0,'[1,13,3,4,5,6,7]');
INSERT INTO captured_bodies VALUES(3,1,60,X'd9a4acbee5d8310765caca47ced9e25041d5dcc9cab442f3187ec355643a3896',NULL,0,0,'[14]');
INSERT INTO captured_bodies VALUES(4,0,1212,X'2fb50ec4546af646858af5915d427adefc1ffb6f6149e5304dfec18f0ed21ac8',NULL,0,0,'[1,16,3,4,5,6,7]');
INSERT INTO captured_bodies VALUES(4,1,60,X'a1de2db0f43371476eb1ef91518ee6e24d7f5175447a7bfd2dcf7f38cca75085',NULL,0,0,'[17]');
INSERT INTO captured_bodies VALUES(5,0,1345,X'21f4a0ac69b377a36ef5703270ac41bb2860d09ed34de9d1900584b34f2bd666',NULL,0,0,'[1,19,3,4,5,6,7]');
INSERT INTO captured_bodies VALUES(5,1,75,X'fe3ae65104c46a2e3a8fd267b19ae66be8e64ef4bbb95f74772b93196beb5967',NULL,0,0,'[20]');
INSERT INTO captured_bodies VALUES(6,0,54,X'749a577eeca087d6b57c625a18f004cb2152960598a7590aca16e4628265e1cd',NULL,0,0,'[21,23,24]');
INSERT INTO captured_bodies VALUES(6,1,22,X'192208a0ee0e6fa724d45a6f13a07b13154efe4f1c6854743ffeaeb29891f882',NULL,0,0,'[25]');
INSERT INTO captured_bodies VALUES(7,0,90000,NULL,X'f4ce0c0be19b4e48ce7866a99e7b2d5275b5365a159f685c12512b99d38f8a35',1,0,'[26]');
INSERT INTO captured_bodies VALUES(7,1,0,X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',NULL,0,0,'[]');
INSERT INTO captured_bodies VALUES(8,0,25,X'abababababababababababababababababababababababababababababababab',X'3e7813bb469701c7f4fed883c8e6310225e33fe16202eba7d9aa6bd99c55cb0d',0,1,'[27]');
INSERT INTO captured_bodies VALUES(8,1,21,X'3bcfd87c63fe7e726078576238ba58a2d28200c61ed89b7ed4caaca5a18d7d55',NULL,0,0,'[28]');
INSERT INTO captured_bodies VALUES(9,0,67,X'f0272f9e665663493c13544bf51e2fca60a5ac309a946e4eb5a5c73395512d9a',NULL,0,0,'[1,29,24]');
CREATE TABLE incidents (
        n INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (n),
        at REAL NOT NULL,               -- of the last one
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        count INTEGER NOT NULL,
        UNIQUE (run, code, message)
      ) STRICT;
INSERT INTO incidents VALUES(1,1,1773531600005.0,'locked','The database was locked.',1);
CREATE TABLE context_source_metrics (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL UNIQUE,    -- source_type or source_type:source_name
        source_type TEXT NOT NULL,
        source_name TEXT NOT NULL,
        usage_count INTEGER NOT NULL,   -- requests that carried it
        total_tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL,         -- of the requests whose price is known
        feedback_count INTEGER NOT NULL DEFAULT 0,
        rating_sum REAL NOT NULL DEFAULT 0,
        created_at REAL NOT NULL,
        last_used REAL NOT NULL
      ) STRICT;
INSERT INTO context_source_metrics VALUES(1,'user','user','user',4,1206,0.0011999999999999998948,0,0.0,1773531600000.0,1773533400000.0);
INSERT INTO context_source_metrics VALUES(2,'system','unknown','system',4,1600,0.0016000000000000000766,0,0.0,1773531600000.0,1773533400000.0);
INSERT INTO context_source_metrics VALUES(3,'mcp:serena','mcp','serena',2,600,0.00059999999999999994743,0,0.0,1773532200000.0,1773533400000.0);
INSERT INTO context_source_metrics VALUES(4,'memory:CLAUDE.md','memory','CLAUDE.md',1,40,0.0,0,0.0,1773532800000.0,1773532800000.0);
CREATE TABLE context_source_days (
        day TEXT NOT NULL,              -- UTC, YYYY-MM-DD
        source INTEGER NOT NULL REFERENCES context_source_metrics (id),
        usage_count INTEGER NOT NULL,
        total_tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL,
        feedback_count INTEGER NOT NULL DEFAULT 0,
        rating_sum REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (source, day)
      ) STRICT, WITHOUT ROWID;
INSERT INTO context_source_days VALUES('2026-03-14',1,2,601,0.00059999999999999994743,0,0.0);
INSERT INTO context_source_days VALUES('2026-03-15',1,2,605,0.00059999999999999994743,0,0.0);
INSERT INTO context_source_days VALUES('2026-03-14',2,2,800,0.00080000000000000003833,0,0.0);
INSERT INTO context_source_days VALUES('2026-03-15',2,2,800,0.00080000000000000003833,0,0.0);
INSERT INTO context_source_days VALUES('2026-03-14',3,1,300,0.00029999999999999997371,0,0.0);
INSERT INTO context_source_days VALUES('2026-03-15',3,1,300,0.00029999999999999997371,0,0.0);
INSERT INTO context_source_days VALUES('2026-03-15',4,1,40,0.0,0,0.0);
CREATE TABLE context_attributions (
        request INTEGER NOT NULL REFERENCES captured_requests (n) ON DELETE CASCADE,
        source INTEGER NOT NULL REFERENCES context_source_metrics (id),
        part TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        cost_usd REAL,
        segments INTEGER NOT NULL,
        message_index INTEGER,          -- of the first segment; null outside messages
        message_role TEXT NOT NULL,
        PRIMARY KEY (request, source, part)
      ) STRICT, WITHOUT ROWID;
INSERT INTO context_attributions VALUES(1,1,'text',300,0.00029999999999999997371,1,0,'user');
INSERT INTO context_attributions VALUES(1,2,'prompt',400,0.00040000000000000001916,1,NULL,'system');
INSERT INTO context_attributions VALUES(2,1,'text',301,0.00029999999999999997371,1,0,'user');
INSERT INTO context_attributions VALUES(2,2,'prompt',400,0.00040000000000000001916,1,NULL,'system');
INSERT INTO context_attributions VALUES(2,3,'definition',300,0.00029999999999999997371,1,NULL,'tools');
INSERT INTO context_attributions VALUES(3,1,'text',302,0.00029999999999999997371,1,0,'user');
INSERT INTO context_attributions VALUES(3,2,'prompt',400,0.00040000000000000001916,1,NULL,'system');
INSERT INTO context_attributions VALUES(3,4,'text',40,NULL,1,0,'user');
INSERT INTO context_attributions VALUES(4,1,'text',303,0.00029999999999999997371,1,0,'user');
INSERT INTO context_attributions VALUES(4,2,'prompt',400,0.00040000000000000001916,1,NULL,'system');
INSERT INTO context_attributions VALUES(4,3,'definition',300,0.00029999999999999997371,1,NULL,'tools');
CREATE TABLE quality_feedback (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        request INTEGER NOT NULL UNIQUE REFERENCES captured_requests (n) ON DELETE CASCADE,
        rating REAL NOT NULL CHECK (rating BETWEEN -1 AND 1),
        feedback_text TEXT,
        user_id TEXT NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL
      ) STRICT;
CREATE INDEX requests_newest ON captured_requests (initiated);
CREATE INDEX requests_by_kind ON captured_requests (kind, initiated);
CREATE INDEX requests_by_session ON captured_requests (session, initiated);
CREATE INDEX requests_open ON captured_requests (run) WHERE state = 'open';
CREATE INDEX attributions_by_source ON context_attributions (source, request);
CREATE INDEX feedback_newest ON quality_feedback (created_at);
CREATE VIEW requests AS
      SELECT
        r.id,
        strftime('%Y-%m-%d %H:%M:%f', r.initiated / 1000.0, 'unixepoch') AS time_utc,
        s.id AS session_id, r.agent_id, r.kind, r.state, r.method, r.url, p.status, r.model,
        p.input_tokens, p.cache_read, p.cache_write_5m, p.cache_write_1h, p.uncached, p.output_tokens,
        CASE WHEN p.billed THEN 'exact' WHEN p.input_tokens IS NOT NULL THEN 'estimated' END AS tokens_known,
        round(p.cost_usd, 6) AS cost_usd,
        round(p.latency_ms, 1) AS latency_ms, round(p.ttft_ms, 1) AS ttft_ms,
        f.rating, p.error
      FROM captured_requests r
      LEFT JOIN captured_responses p ON p.request = r.n
      LEFT JOIN sessions s ON s.n = r.session
      LEFT JOIN quality_feedback f ON f.request = r.n
      ORDER BY r.initiated DESC, r.n DESC;
CREATE VIEW request_sources AS
      SELECT r.id AS request_id, m.source, a.part, a.tokens, a.cost_usd, a.segments, a.message_index, a.message_role
      FROM context_attributions a
      JOIN captured_requests r ON r.n = a.request
      JOIN context_source_metrics m ON m.id = a.source
      ORDER BY r.initiated DESC, r.n DESC, a.tokens DESC;
CREATE VIEW sources AS
      SELECT
        source, usage_count, total_tokens, round(cost_usd, 6) AS cost_usd, feedback_count,
        round(rating_sum / nullif(feedback_count, 0), 3) AS average_rating,
        strftime('%Y-%m-%d %H:%M:%f', last_used / 1000.0, 'unixepoch') AS last_used_utc
      FROM context_source_metrics
      ORDER BY total_tokens DESC;
CREATE VIEW run_log AS
      SELECT
        id, pid, strftime('%Y-%m-%d %H:%M:%f', started_at / 1000.0, 'unixepoch') AS started_utc,
        strftime('%Y-%m-%d %H:%M:%f', ended_at / 1000.0, 'unixepoch') AS ended_utc, command, cwd, version,
        (SELECT count(*) FROM captured_requests r WHERE r.run = runs.n) AS requests
      FROM runs
      ORDER BY started_at DESC;
COMMIT;
