/** The tables of the legacy system, as its own application made them. */
export const legacyTables = `
create table legacy_users (
	id serial primary key,
	username varchar(255),
	email varchar(255),
	password_hash varchar(255),
	created_at timestamp default now(),
	last_login timestamp,
	settings text,
	migrated_at timestamp
);
create table workflows (
	id serial primary key,
	user_id integer,
	name varchar(255),
	description text,
	is_active boolean default true,
	created_at timestamp default now(),
	updated_at timestamp
);
create table workflow_steps (
	id serial primary key,
	workflow_id integer,
	position integer,
	type varchar(50),
	config text
);
create table uploaded_files (
	id serial primary key,
	user_id integer,
	filename varchar(255),
	stored_path varchar(1024),
	content_type varchar(255),
	size_bytes bigint,
	created_at timestamp default now()
);
`;

/** Built after loading, which is several times faster than keeping them up to date. */
export const legacyConstraints = `
create index legacy_users_address on legacy_users (lower(btrim(email, E' \\t\\n\\r\\f\\013')));
alter table workflows add foreign key (user_id) references legacy_users;
create index on workflows (user_id);
alter table workflow_steps add foreign key (workflow_id) references workflows on delete cascade;
create index on workflow_steps (workflow_id);
alter table uploaded_files add foreign key (user_id) references legacy_users;
create index on uploaded_files (user_id);
select setval('legacy_users_id_seq', coalesce((select max(id) from legacy_users), 1));
select setval('workflows_id_seq', coalesce((select max(id) from workflows), 1));
select setval('workflow_steps_id_seq', coalesce((select max(id) from workflow_steps), 1));
select setval('uploaded_files_id_seq', coalesce((select max(id) from uploaded_files), 1));
`;
