-- Fills Rolecall's own schema, freshly migrated, with tenants as they may be after two years.
-- `plan` is a query of (number, users): the tenants, and how many users each of them has.
\set ON_ERROR_STOP on
BEGIN;
-- Everything below holds by construction, and `rolecall doctor` looks at it afterwards.
SET LOCAL session_replication_role = replica;
SELECT setseed(0.42);

CREATE SCHEMA seeding;
-- The session token of a user, in Rolecall's format.
CREATE FUNCTION seeding.token(tenant uuid, person uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'rcs_' || translate(encode(uuid_send(tenant) || sha256(uuid_send(person)), 'base64'), '+/', '-_')
$$;
CREATE FUNCTION seeding.uuid7(at timestamptz, what text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(what), 1, 3) || 'a' || substr(md5(what), 4, 15))::uuid
$$;
\set syllable '(ARRAY[''an'', ''bel'', ''cor'', ''da'', ''el'', ''fen'', ''gor'', ''hu'', ''is'', ''jo'', ''kal'', ''li'', ''mar'', ''nor'', ''os'', ''pet'', ''qui'', ''ra'', ''sol'', ''ti'', ''ul'', ''ver'', ''wen'', ''xa'', ''yor'', ''zim'', ''bro'', ''cly'', ''dri'', ''fle'', ''gra'', ''thu''])[1 + floor(random() * 32)::int]'
-- An index is built faster than it is kept up to date.
CREATE TEMP TABLE dropped ON COMMIT DROP AS
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid IN ('users'::regclass, 'person_labels'::regclass, 'sessions'::regclass)
        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid);
SELECT format('DROP INDEX %s', name) FROM dropped \gexec

CREATE TEMP TABLE company ON COMMIT DROP AS
    SELECT number, users, seeding.uuid7('2024-01-01', 'tenant ' || number) AS id FROM (:plan) plan;
CREATE TEMP TABLE template ON COMMIT DROP AS
    SELECT c.id AS tenant_id, n, seeding.uuid7('2024-01-02', 'template ' || c.number || ' ' || n) AS id
    FROM company c, generate_series(1, 20) n;
-- The first three of a tenant are its admins. One in ten is invited, one in ten suspended; three in ten have no template.
CREATE TEMP TABLE person ON COMMIT DROP AS
    SELECT c.id AS tenant_id, seeding.uuid7(at, 'user ' || c.number || ' ' || n) AS id,
        seeding.uuid7(at, 'label ' || c.number || ' ' || n) AS label_id, n, at AS created_at,
        initcap(:syllable || :syllable) || '.' || initcap(:syllable || :syllable || :syllable) AS name, c.number,
        CASE WHEN n <= 3 THEN 0 ELSE 1 END AS role,
        CASE WHEN n <= 3 OR chance < 0.8 THEN 1 WHEN chance < 0.9 THEN 0 ELSE 2 END AS status,
        CASE WHEN n > 3 AND random() > 0.3 THEN 1 + floor(random() * 20)::int END AS template,
        n <= 3 OR random() < 0.5 AS crm_access,
        at + floor(random() * 30 * 86400) * interval '1 second' AS last_login_at
    FROM (SELECT c.*, n, random() AS chance,
            timestamptz '2024-01-03' + floor(random() * 800 * 86400) * interval '1 second' AS at
        FROM company c, generate_series(1, c.users) n) c;
UPDATE person SET name = 'Ann.Quixote' WHERE n % 5000 = 77;
ANALYZE template, person;

INSERT INTO tenants (id, slug, name, created_at)
    SELECT id, 'tenant-' || number, 'Tenant ' || number, '2024-01-01' FROM company;
INSERT INTO role_templates (tenant_id, id, name, name_key, description, permissions, user_count, version, created_at,
        updated_at)
    SELECT t.tenant_id, t.id, 'Template ' || t.n, 'template ' || t.n, 'One of twenty', floor(random() * (1::bigint << 31)),
        coalesce(users, 0), 1, '2024-01-02', '2024-01-02'
    FROM template t LEFT JOIN (SELECT tenant_id, template, count(*) AS users FROM person GROUP BY 1, 2) p
        ON p.tenant_id = t.tenant_id AND p.template = t.n;
INSERT INTO person_labels (tenant_id, id, user_id, email, name)
    SELECT tenant_id, label_id, id, name || '.' || n || '@Tenant-' || number || '.example',
        CASE WHEN status <> 0 THEN replace(name, '.', ' ') END FROM person;
ANALYZE person_labels;
INSERT INTO users (tenant_id, id, email, email_key, name, name_key, role, status, role_template_id, crm_access,
        permissions, last_login_at, label_id, version, created_at, updated_at)
    SELECT p.tenant_id, p.id, l.email, lower(l.email), l.name, coalesce(lower(l.name), ''), p.role, p.status, t.id,
        p.crm_access, CASE WHEN p.n % 10 = 0 THEN floor(random() * (1::bigint << 31)) ELSE 0 END,
        CASE WHEN p.status = 0 THEN 'epoch' ELSE p.last_login_at END, p.label_id, 1, p.created_at, p.created_at
    FROM person p JOIN person_labels l ON l.tenant_id = p.tenant_id AND l.id = p.label_id
    LEFT JOIN template t ON t.tenant_id = p.tenant_id AND t.n = p.template;
INSERT INTO credentials (tenant_id, user_id, password_hash)
    SELECT tenant_id, id, '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IHNpZ25zIGlu$bm9ib2R5IHNpZ25zIGluIGJ5IHRoaXM'
    FROM person WHERE status <> 0;
INSERT INTO invitations (tenant_id, user_id, nonce, issued_at, expires_at, times_issued, resendable_at, delivery)
    SELECT tenant_id, id, decode(md5(id::text), 'hex'), created_at, created_at + interval '7 days', 1,
        created_at + interval '60 seconds', 1
    FROM person WHERE status = 0;
INSERT INTO sessions (tenant_id, id, user_id, token_hash, created_at, last_seen_at, expires_at)
    SELECT tenant_id, seeding.uuid7(created_at, 'session ' || id), id,
        sha256(convert_to(seeding.token(tenant_id, id), 'UTF8')), last_login_at, last_login_at, last_login_at + interval '30 days'
    FROM person WHERE status = 1;
INSERT INTO seats (tenant_id, seat_limit, invited, active, suspended, active_admins)
    SELECT tenant_id, 10000000, count(*) FILTER (WHERE status = 0), count(*) FILTER (WHERE status = 1),
        count(*) FILTER (WHERE status = 2), count(*) FILTER (WHERE status = 1 AND role = 0)
    FROM person GROUP BY tenant_id;
SELECT definition FROM dropped \gexec
COMMIT;
VACUUM ANALYZE;
