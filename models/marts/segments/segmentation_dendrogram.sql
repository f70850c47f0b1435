-- One row per merge of Ward's tree of the clients, lowest first: two legs that
-- stand at left_x and right_x and meet at height.

select
    merge_id,
    left_x,
    right_x,
    left_height,
    right_height,
    height,
    leaf_count

from {{ ref('segmentation_merges') }}
