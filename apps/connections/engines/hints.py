"""Where a person finds the credentials of a data store. The first line is for everybody; each further one begins with a
provider or a word for what it tells of. They follow the providers' consoles as of 2026.
"""

from __future__ import annotations

BIGQUERY = """\
A service account's key, which is a JSON file. The form has a script that makes an account which can only read, and \
its key.
Project id: Google Cloud console, the project picker at the top: the column ID, such as shop-prod-1234, not the name \
or the number.
Key: Google Cloud console, IAM & Admin, Service Accounts, the account, Keys, Add key, Create new key, JSON. Paste \
the whole file that is downloaded, from { to }.
Rights: BigQuery Job User on the project (IAM & Admin, IAM, Grant access) and BigQuery Data Viewer on each dataset \
(BigQuery, the dataset, Share, Manage permissions).
Location: BigQuery, the dataset, Details, Data location, such as EU. It may stay empty.
Where keys are forbidden: leave the key empty and run Midwatch on Google Cloud as the service account, or with \
application default credentials: gcloud auth application-default login."""

POSTGRES = """\
Host, port, database and user stand in the connection string of any program that uses the database. The form has a \
script for a login that can only read.
Amazon RDS and Aurora: RDS console, Databases, the instance or cluster. Connectivity & security has Endpoint (the \
host) and Port; Configuration has DB name and Master username. Of an Aurora cluster take the writer's endpoint: a \
reader does not tell when tables change. The security group must let Midwatch's machine in on that port.
Google Cloud SQL: Google Cloud console, SQL, the instance. Overview has the public or private IP address (the host); \
the port is 5432; Databases and Users are in the menu. The address of Midwatch's machine must stand under \
Connections, Networking, Authorized networks.
Azure Database for PostgreSQL: Azure portal, the server, Overview: Endpoint or Server name, which ends in \
.postgres.database.azure.com, is the host, and Administrator login a user; the port is 5432, sslmode require. The \
address of Midwatch's machine must stand under Networking.
Supabase: the project, Connect at the top, Session pooler: a host that ends in .pooler.supabase.com, port 5432, and \
the user with the project's reference in it, postgres.abcd. The direct connection needs IPv6. The transaction \
pooler, port 6543, does not keep a session's settings.
Neon: the project's dashboard, Connect, with Connection pooling off: the host begins with ep- and has no -pooler in \
it; the port is 5432, sslmode require. A compute that is suspended wakes up for each look."""

MYSQL = """\
Host, port, database and user stand in the settings of any program that uses the database. The form has a script for \
a login that can only read.
Amazon RDS and Aurora: RDS console, Databases, the instance or cluster. Connectivity & security has Endpoint (the \
host) and Port; Configuration has DB name and Master username. Of an Aurora cluster take the writer's endpoint. The \
security group must let Midwatch's machine in on that port.
Google Cloud SQL: Google Cloud console, SQL, the instance. Overview has the public or private IP address (the host); \
the port is 3306; Databases and Users are in the menu. The address of Midwatch's machine must stand under \
Connections, Networking, Authorized networks.
Azure Database for MySQL: Azure portal, the server, Overview: Server name, which ends in .mysql.database.azure.com, \
is the host, and Server admin login name a user; the port is 3306, ssl_mode required. The address of Midwatch's \
machine must stand under Networking.
A server of your own: bind-address in its configuration must not be 127.0.0.1 alone, and the login must be made for \
the address of Midwatch's machine, as in 'midwatch_reader'@'10.0.0.5' or '%'."""

REDSHIFT = """\
The endpoint in the console is host, port and database in one: host:5439/dev. The form has a script for a login that \
can only read.
Provisioned cluster: Amazon Redshift console, Clusters, the cluster, General information: Endpoint. The user that it \
was made with is under Properties, Database configurations: Admin user name.
Serverless: Amazon Redshift console, Serverless dashboard, Workgroup configuration, the workgroup: Endpoint. The \
admin user is on the page of its namespace.
Network: the VPC security group must let Midwatch's machine in on the port, and from outside of the VPC the cluster \
or workgroup must be publicly accessible (both under Network and security).
Password: where AWS Secrets Manager manages it, it is in the secret, Retrieve secret value. Midwatch logs in with \
user and password, not by IAM.
Cost: each look runs a statement, so a Serverless workgroup is billed for the time that it is awake for it."""

SNOWFLAKE = """\
Account, user, role, warehouse and database stand in the settings of any program that uses them. The form has a script \
that makes a user which can only read, and says how to make its key.
Account identifier: Snowsight, the menu at the bottom left, Account, View account details: Account identifier, such as \
myorg-account1. Not the whole address.
Key: ALTER USER … SET RSA_PUBLIC_KEY assigns the public half to the user, as an administrator; paste the private half, \
all of its file.
Role and warehouse: Snowsight, the menu at the bottom left: the roles of the user; Compute, Warehouses. Empty means \
the defaults of the user.
Password: only of a user that is asked for no second factor. Snowflake asks people for one.
Network: where the account has a network policy, it must let in the address of Midwatch's machine (Snowsight, Admin, \
Security, Network Policies).
Cost: each look runs a statement, so the warehouse is billed for the time that it is awake for it."""

DUCKDB = """\
A DuckDB file needs no login; Midwatch must be allowed to read the file.
MotherDuck: app, Settings, Access Tokens, Create token, of the type Read Scaling where your plan has it: such a token \
cannot write. The path is md: and the name of the database."""

LAKE = """\
A folder on the machine that runs Midwatch needs no login; Midwatch must be allowed to read it. The form has a policy \
for an S3 key that can only read.
Amazon S3: S3 console, Buckets: the name of the bucket, and its AWS Region. The key: IAM console, Users, the user, \
Security credentials, Create access key; attach the policy to that user.
A machine at Amazon: leave the key empty. Midwatch uses the machine's own role, which needs the policy.
MinIO: the endpoint is the address of the API, most often port 9000, not that of the console. The key: console, \
Access Keys, Create access key, with the policy.
Cloudflare R2: R2, the bucket, Settings: S3 API has the endpoint (without the bucket's name). The key: R2, Manage API \
Tokens, Create API token, Object Read only. The region is auto.
Google Cloud Storage: Google Cloud console, Cloud Storage, Settings, Interoperability: the request endpoint, and \
Create a key for a service account that has the role Storage Object Viewer. The region is auto."""
