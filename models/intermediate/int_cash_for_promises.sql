-- One row per cash entry and kind of promise that it may keep: those for its
-- invoice, or those of its client for no invoice. promise_for is the key of
-- either; only keys for which something was promised are here.

with

requests as (

    select distinct
        client_id,
        invoice_id

    from {{ ref('stg_ledger__extension_requests') }}

),

asked_invoices as (

    select distinct invoice_id from requests
    where invoice_id is not null

),

asked_clients as (

    select distinct client_id from requests
    where invoice_id is null

),

unapplied as (

    select * from {{ ref('int_unapplied') }}
    where kind in ('cash', 'reversal')

)

select
    'invoice ' || applications.invoice_id as promise_for,
    applications.applied_amount as entry_amount,
    applications.payment_date

from {{ ref('int_applications') }} as applications

inner join asked_invoices
    on applications.invoice_id = asked_invoices.invoice_id

where applications.effect_kind = 'cash'

union all

select
    'client ' || applications.client_id as promise_for,
    applications.applied_amount as entry_amount,
    applications.payment_date

from {{ ref('int_applications') }} as applications

inner join asked_clients
    on applications.client_id = asked_clients.client_id

where
    applications.effect_kind = 'cash'
    and applications.payment_date = applications.application_date

union all

-- what came beside the invoices, or before them, at the rate of its day, and
-- went again on the day it was taken back
select
    'client ' || unapplied.client_id as promise_for,
    unapplied.unapplied_amount as entry_amount,
    unapplied.from_date as payment_date

from unapplied

inner join asked_clients
    on unapplied.client_id = asked_clients.client_id

union all

select
    'client ' || unapplied.client_id as promise_for,
    -unapplied.unapplied_amount as entry_amount,
    unapplied.until_date as payment_date

from unapplied

inner join asked_clients
    on unapplied.client_id = asked_clients.client_id

where unapplied.is_taken_back
