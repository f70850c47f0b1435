-- One row per group of peers and measure on the as-of date: the mean that a
-- client with few invoices is drawn towards, and what that mean is worth.

select {{ all_but(['is_current']) }}

from {{ ref('ftr_priors') }}

where is_current = true
